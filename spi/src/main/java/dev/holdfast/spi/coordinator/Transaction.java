// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.EntryKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All conditions hold and all changes apply, or nothing happens.
 *
 * <p>No changes at all is allowed: such a commit proves that the conditions hold now.
 */
public record Transaction(List<Condition> conditions, List<Change> changes) {
  public static final int CHANGES_MAX = 128;
  public static final int CONDITIONS_MAX = 256;

  /** Keys and values together. */
  public static final int SIZE_BYTES_MAX = 1 << 20;

  private static final int OVERHEAD_BYTES = 32;

  public Transaction {
    conditions = List.copyOf(conditions);
    changes = List.copyOf(changes);
    if (changes.size() > CHANGES_MAX) {
      throw new LimitExceededException(
          "transaction.changes", CHANGES_MAX, changes.size(), "Split the transaction.");
    }
    if (conditions.size() > CONDITIONS_MAX) {
      throw new LimitExceededException(
          "transaction.conditions", CONDITIONS_MAX, conditions.size(), "Split the transaction.");
    }
    long sizeBytes = sizeBytes(conditions, changes);
    if (sizeBytes > SIZE_BYTES_MAX) {
      throw new LimitExceededException(
          "transaction.sizeBytes", SIZE_BYTES_MAX, sizeBytes, "Split it, or store an object.");
    }
    Set<EntryKey> changed = new HashSet<>();
    for (Change change : changes) {
      if (!changed.add(change.key())) {
        throw new IllegalArgumentException("Changed twice in one transaction: " + change.key());
      }
    }
  }

  /** Whether it needs the lease of its node. */
  public boolean isLeased() {
    return changes.stream().anyMatch(Change.PutLeased.class::isInstance);
  }

  /** The size that {@link #SIZE_BYTES_MAX} limits. */
  public long sizeBytes() {
    return sizeBytes(conditions, changes);
  }

  private static long sizeBytes(List<Condition> conditions, List<Change> changes) {
    long sum = 0;
    for (Condition condition : conditions) {
      sum += OVERHEAD_BYTES + condition.key().value().length();
    }
    for (Change change : changes) {
      sum += OVERHEAD_BYTES + change.key().value().length() + valueLength(change);
    }
    return sum;
  }

  private static int valueLength(Change change) {
    return switch (change) {
      case Change.Put put -> put.value().length();
      case Change.PutLeased put -> put.value().length();
      case Change.Delete _ -> 0;
    };
  }
}
