// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects what is wrong with one file; the same thing at the same place once. */
final class Problems {
  private final String file;
  private final Set<Problem> found = new LinkedHashSet<>();

  Problems(String file) {
    this.file = file;
  }

  void add(Node at, Code code, String message, String... help) {
    Place place = Place.of(at);
    add(place.line(), place.column(), code, message, help);
  }

  void add(int line, int column, Code code, String message, String... help) {
    found.add(new Problem(file, line, column, code, message, List.of(help)));
  }

  void addAll(Problems others) {
    found.addAll(others.found);
  }

  /** In the order of the file. */
  List<Problem> inOrder() {
    return found.stream()
        .sorted(
            Comparator.comparingInt(Problem::line)
                .thenComparingInt(Problem::column)
                .thenComparing(Problem::code))
        .toList();
  }

  boolean hasErrors() {
    return found.stream().anyMatch(Problem::isError);
  }

  int count() {
    return found.size();
  }

  /** Where something stands, both from 1. */
  record Place(int line, int column) {
    static Place of(Node node) {
      int line = node.getStartMark().map(Mark::getLine).orElse(0);
      int column = node.getStartMark().map(Mark::getColumn).orElse(0);
      return new Place(line + 1, column + 1);
    }
  }
}
