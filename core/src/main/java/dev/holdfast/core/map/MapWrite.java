// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.operation.Operation;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for: all of the changes, or none.
 *
 * @param operation null for a caller without a session, whose lost answers stay unknown
 * @param fence that the claim of the lock which the caller named is unchanged; null without one
 */
public record MapWrite(
    @Nullable Operation operation, List<MapChange> changes, @Nullable Condition fence) {
  /** The slot takes one change of the transaction. */
  public static final int CHANGES_MAX = Transaction.CHANGES_MAX - 1;

  public MapWrite {
    changes = List.copyOf(changes);
    if (changes.isEmpty() || changes.size() > CHANGES_MAX) {
      throw new IllegalArgumentException(
          "A batch has 1 to " + CHANGES_MAX + " changes, not " + changes.size());
    }
    String session = session(operation, changes);
    for (MapChange change : changes) {
      if (change.boundTo() != null && !change.boundTo().equals(session)) {
        throw new IllegalArgumentException("A key is bound to the session that writes it");
      }
    }
  }

  /** The session without which nothing is written; null when there is none. */
  public @Nullable String session() {
    return session(operation, changes);
  }

  private static @Nullable String session(@Nullable Operation operation, List<MapChange> changes) {
    if (operation != null) {
      return operation.session();
    }
    for (MapChange change : changes) {
      if (change.boundTo() != null) {
        return change.boundTo();
      }
    }
    return null;
  }

  public boolean hasPuts() {
    return changes.stream().anyMatch(change -> change.value() != null);
  }
}
