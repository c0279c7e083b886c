// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides whether a tombstone may be forgotten. Pure. Time only says when to look: what makes it
 * safe is that every replica of the key vouches for it, and that nobody has a version that the
 * cluster has not agreed on.
 */
public final class ReapingPlanner {
  private ReapingPlanner() {}

  /**
   * What one node has of the key.
   *
   * @param hasTombstone the deletion is there, and agreed on
   * @param open versions that are staged or provisional
   */
  public record Copy(boolean hasTombstone, long open) {}

  /**
   * @param age of the tombstone, by the clock of its writer and the one of this node
   * @param holders of the key
   * @param copies what the nodes say that answered, by their ids
   */
  public record Situation(
      Duration age, Duration retention, List<String> holders, Map<String, Copy> copies) {
    public Situation {
      holders = List.copyOf(holders);
      copies = Map.copyOf(copies);
    }
  }

  /** Whether the deletion is old enough to ask for it. */
  public static boolean isDue(Duration age, Duration retention) {
    return age.compareTo(retention) >= 0;
  }

  /** Why it stays, in a sentence; empty when it may go. */
  public static Optional<String> hindrance(Situation now) {
    if (!isDue(now.age, now.retention)) {
      return Optional.of("It is younger than objects.tombstoneRetention.");
    }
    for (String holder : now.holders) {
      Copy copy = now.copies.get(holder);
      if (copy == null) {
        return Optional.of(holder + ", which holds it, does not answer.");
      }
      if (!copy.hasTombstone) {
        return Optional.of(holder + " does not have the deletion yet.");
      }
    }
    return new TreeMap<>(now.copies)
        .entrySet().stream()
            .filter(one -> one.getValue().open > 0)
            .findFirst()
            .map(one -> one.getKey() + " has a version that is not agreed on.");
  }
}
