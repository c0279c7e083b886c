// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the replicated state says to one {@link Command}. The same on every replica. */
sealed interface Answer {
  record Committed(long revision) implements Answer {}

  record Conflict(List<Seen> failed) implements Answer {}

  /** A leased put whose lease has ended: nothing was applied. */
  record LeaseGone() implements Answer {}

  record LeaseOpened(long lease) implements Answer {}

  record LeaseEnded() implements Answer {}

  /**
   * A key as a failed condition found it.
   *
   * @param value null when the key was absent, or when {@code omitted}
   * @param omitted the value was too large for an answer: read it
   */
  record Seen(
      Bytes key,
      @Nullable Bytes value,
      long version,
      long deleted,
      long revision,
      boolean omitted) {}
}
