// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The sessions that a model knows of. One may end by itself once its TTL has passed since the last
 * acknowledged renewal was <em>sent</em>; it need not.
 *
 * @param mayEndAtNanos of those that live: not before
 * @param ended for ever
 */
record Sessions(SortedMap<String, Long> mayEndAtNanos, Set<String> ended) {
  static final Sessions NONE = new Sessions(new TreeMap<>(), Set.of());

  boolean isAlive(String session) {
    return mayEndAtNanos.containsKey(session);
  }

  boolean hasEnded(String session) {
    return ended.contains(session);
  }

  /** It has ended, or it may have by then. */
  boolean mayBeOver(String session, long latestNanos) {
    Long end = mayEndAtNanos.get(session);
    return end == null ? ended.contains(session) : end <= latestNanos;
  }

  /**
   * The sessions once a grant to this one has ended without a release; empty when it cannot have.
   *
   * @param mayBeTakenBack the service may end it by itself
   */
  Optional<Sessions> afterLossOf(String session, boolean mayBeTakenBack, long latestNanos) {
    if (mayBeTakenBack) {
      return Optional.of(this);
    }
    return mayBeOver(session, latestNanos) ? Optional.of(over(session)) : Optional.empty();
  }

  Sessions renewed(String session, long mayEndAtNanos) {
    SortedMap<String, Long> alive = new TreeMap<>(this.mayEndAtNanos);
    alive.merge(session, mayEndAtNanos, Math::max);
    return new Sessions(alive, ended);
  }

  Sessions over(String session) {
    if (hasEnded(session)) {
      return this;
    }
    SortedMap<String, Long> alive = new TreeMap<>(mayEndAtNanos);
    alive.remove(session);
    Set<String> over = new TreeSet<>(ended);
    over.add(session);
    return new Sessions(alive, over);
  }
}
