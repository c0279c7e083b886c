// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A set of dots: what a writer had seen. Kept as ranges of counters for each actor, which is a
 * version vector with exceptions: a causal past has gaps (a version that replaces one branch only
 * has not seen the other), and a plain vector would swallow them.
 */
public final class VersionVector {
  public static final VersionVector EMPTY = new VersionVector(new TreeMap<>());

  /** Both ends included. */
  record Range(long first, long last) {
    Range {
      if (first < 1 || last < first) {
        throw new IllegalArgumentException("No range: " + first + " to " + last);
      }
    }
  }

  /** Ranges rise and neither touch nor overlap. */
  private final SortedMap<Dot.Actor, List<Range>> ranges;

  private VersionVector(SortedMap<Dot.Actor, List<Range>> ranges) {
    this.ranges = ranges;
  }

  static VersionVector of(SortedMap<Dot.Actor, List<Range>> ranges) {
    SortedMap<Dot.Actor, List<Range>> copy = new TreeMap<>();
    ranges.forEach((actor, list) -> {
      if (!list.isEmpty()) {
        copy.put(actor, normal(list));
      }
    });
    return copy.isEmpty() ? EMPTY : new VersionVector(copy);
  }

  SortedMap<Dot.Actor, List<Range>> ranges() {
    return Collections.unmodifiableSortedMap(ranges);
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  public boolean contains(Dot dot) {
    return ranges.getOrDefault(dot.actor(), List.of()).stream()
        .anyMatch(range -> range.first() <= dot.counter() && dot.counter() <= range.last());
  }

  public VersionVector plus(Collection<Dot> dots) {
    SortedMap<Dot.Actor, List<Range>> sum = copy();
    for (Dot dot : dots) {
      sum.computeIfAbsent(dot.actor(), _ -> new ArrayList<>())
          .add(new Range(dot.counter(), dot.counter()));
    }
    return of(sum);
  }

  /** With every dot of the same actors up to these. */
  public VersionVector plusUpTo(Collection<Dot> dots) {
    SortedMap<Dot.Actor, List<Range>> sum = copy();
    for (Dot dot : dots) {
      sum.computeIfAbsent(dot.actor(), _ -> new ArrayList<>()).add(new Range(1, dot.counter()));
    }
    return of(sum);
  }

  public VersionVector plus(VersionVector other) {
    SortedMap<Dot.Actor, List<Range>> sum = copy();
    other.ranges.forEach(
        (actor, list) -> sum.computeIfAbsent(actor, _ -> new ArrayList<>()).addAll(list));
    return of(sum);
  }

  private SortedMap<Dot.Actor, List<Range>> copy() {
    SortedMap<Dot.Actor, List<Range>> copy = new TreeMap<>();
    ranges.forEach((actor, list) -> copy.put(actor, new ArrayList<>(list)));
    return copy;
  }

  private static List<Range> normal(List<Range> list) {
    List<Range> sorted = new ArrayList<>(list);
    sorted.sort((a, b) -> Long.compare(a.first(), b.first()));
    List<Range> merged = new ArrayList<>();
    for (Range range : sorted) {
      Range previous = merged.isEmpty() ? null : merged.getLast();
      // Written as a difference, since last() + 1 may overflow.
      if (previous != null && range.first() - 1 <= previous.last()) {
        merged.removeLast();
        merged.add(new Range(previous.first(), Math.max(previous.last(), range.last())));
      } else {
        merged.add(range);
      }
    }
    return List.copyOf(merged);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector vector && ranges.equals(vector.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
