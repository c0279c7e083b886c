// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.protocol.ObjectBodies;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Draws the graph of a key in columns, the newest version on top. Each line of descent has a column
 * of its own; a row between two versions shows where columns begin and end.
 *
 * <pre>
 *   *      a merge
 *   |-.
 *   | *    a branch
 *   * |    the head before
 *   |-'
 *   *      what both follow
 * </pre>
 */
final class VersionGraph {
  /** By column, the version that it leads to; null where it is free. */
  private final List<@Nullable String> columns = new ArrayList<>();

  private final Set<String> known = new HashSet<>();
  private final List<Row> rows = new ArrayList<>();

  private VersionGraph(List<ObjectBodies.Version> versions) {
    versions.forEach(version -> known.add(version.version()));
    versions.forEach(this::add);
  }

  /**
   * @param version null for a row between two versions
   */
  record Row(String drawing, ObjectBodies.@Nullable Version version) {}

  /**
   * @param versions each before its parents
   */
  static List<Row> rows(List<ObjectBodies.Version> versions) {
    return List.copyOf(new VersionGraph(versions).rows);
  }

  private void add(ObjectBodies.Version version) {
    int own = columns.indexOf(version.version());
    Set<Integer> others = columnsOf(version.version());
    others.remove(own);
    if (!others.isEmpty()) {
      rows.add(new Row(turns(own, others, '\''), null));
      others.forEach(column -> columns.set(column, null));
    }
    if (own < 0) {
      own = free(version.version());
    }
    rows.add(new Row(marks(own), version));
    follow(own, version.parents().stream().filter(known::contains).toList());
    while (!columns.isEmpty() && columns.getLast() == null) {
      columns.removeLast();
    }
  }

  /** The column goes on to the first parent, new ones lead to the others. */
  private void follow(int own, List<String> parents) {
    columns.set(own, parents.isEmpty() ? null : parents.getFirst());
    Set<Integer> added = new TreeSet<>();
    for (String parent : parents.subList(Math.min(1, parents.size()), parents.size())) {
      added.add(free(parent));
    }
    if (!added.isEmpty()) {
      rows.add(new Row(turns(own, added, '.'), null));
    }
  }

  private Set<Integer> columnsOf(String version) {
    Set<Integer> found = new TreeSet<>();
    for (int i = 0; i < columns.size(); i++) {
      if (version.equals(columns.get(i))) {
        found.add(i);
      }
    }
    return found;
  }

  private int free(String version) {
    int column = columns.indexOf(null);
    if (column < 0) {
      columns.add(version);
      return columns.size() - 1;
    }
    columns.set(column, version);
    return column;
  }

  private String marks(int own) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      row.append(i == own ? '*' : columns.get(i) == null ? ' ' : '|').append(' ');
    }
    return row.toString().stripTrailing();
  }

  /** Lines between a column and others, which begin or end there. */
  private String turns(int own, Set<Integer> others, char corner) {
    int first = Math.min(own, others.stream().min(Integer::compare).orElse(own));
    int last = Math.max(own, others.stream().max(Integer::compare).orElse(own));
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      boolean isCrossed = i > first && i < last;
      boolean isFree = Objects.isNull(columns.get(i));
      char mark = isFree ? (isCrossed ? '-' : ' ') : isCrossed ? '+' : '|';
      row.append(others.contains(i) ? corner : i == own ? '|' : mark)
          .append(i >= first && i < last ? '-' : ' ');
    }
    return row.toString().stripTrailing();
  }
}
