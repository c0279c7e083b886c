// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.util.List;

/** What one node asks of the replicated state, as it stands in the log. Keys are UTF-8. */
sealed interface Command {
  /**
   * @param lease of the proposing node, for {@link EditKind#PUT_LEASED}; 0 when it has none
   */
  record Commit(long lease, List<Check> checks, List<Edit> edits) implements Command {}

  record OpenLease(String nodeId, long ttlMillis) implements Command {}

  record EndLease(long lease) implements Command {}

  /** Decided by the leader of a term; void when the entry stands in another term. */
  record ExpireLease(long lease, long term) implements Command {}

  /** The revision is at least this from now on. */
  record RaiseRevision(long base) implements Command {}

  enum CheckKind {
    ABSENT_SINCE(1),
    EXISTS(2),
    AT_VERSION(3);

    /** In the log. */
    final int code;

    CheckKind(int code) {
      this.code = code;
    }
  }

  /**
   * @param number a revision or a version, by kind
   */
  record Check(CheckKind kind, Bytes key, long number) {}

  enum EditKind {
    PUT(1),
    DELETE(2),
    PUT_LEASED(3);

    /** In the log. */
    final int code;

    EditKind(int code) {
      this.code = code;
    }
  }

  record Edit(EditKind kind, Bytes key, Bytes value) {}

  /**
   * One log entry: commands of one node, applied in order.
   *
   * @param origin peer id of the proposing node
   * @param sequence rises with every batch of the origin; a repeat is answered with the first
   *     results
   */
  record Batch(String origin, long sequence, List<Command> commands) {}
}
