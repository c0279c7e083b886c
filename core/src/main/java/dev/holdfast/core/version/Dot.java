// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.Comparator;

/**
 * One write event. Never reused: an emptied or restored node has a new incarnation, and counters
 * are leased from disk before they are used.
 *
 * @param counter of that node, one for all keys, from 1
 */
public record Dot(String nodeId, String incarnation, long counter) implements Comparable<Dot> {
  private static final Comparator<Dot> ORDER =
      Comparator.comparing(Dot::nodeId)
          .thenComparing(Dot::incarnation)
          .thenComparingLong(Dot::counter);

  public Dot {
    if (counter < 1) {
      throw new IllegalArgumentException("A counter starts at 1: " + counter);
    }
  }

  Actor actor() {
    return new Actor(nodeId, incarnation);
  }

  @Override
  public int compareTo(Dot other) {
    return ORDER.compare(this, other);
  }

  /** One life of a node's data folder. */
  record Actor(String nodeId, String incarnation) implements Comparable<Actor> {
    private static final Comparator<Actor> ORDER =
        Comparator.comparing(Actor::nodeId).thenComparing(Actor::incarnation);

    @Override
    public int compareTo(Actor other) {
      return ORDER.compare(this, other);
    }
  }
}
