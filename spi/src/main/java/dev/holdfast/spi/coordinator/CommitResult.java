// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import java.util.List;

/** The definite answer to a transaction. What is not known is an exception instead. */
public sealed interface CommitResult {
  /**
   * Applied, and fsynced by a majority. Every entry put has this revision, and it as its version.
   */
  record Committed(long revision) implements CommitResult {}

  /**
   * Not applied.
   *
   * @param failed what the keys of the failed conditions held instead, one observation a key; at
   *     the revision of these observations, enough to decide anew without another read
   */
  record Conflict(List<Observation> failed) implements CommitResult {
    public Conflict {
      failed = List.copyOf(failed);
    }
  }
}
