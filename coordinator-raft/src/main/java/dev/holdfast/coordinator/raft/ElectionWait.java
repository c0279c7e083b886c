// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a request waits for a leader: as an election takes, not until its deadline. Whoever sent
 * it can ask another node meanwhile, which this one may be cut off from.
 */
final class ElectionWait {
  private final RaftLink link;
  private final Duration longest;

  ElectionWait(RaftLink link, Duration longest) {
    this.link = link;
    this.longest = longest;
  }

  /**
   * @throws UnavailableException never during an ordinary election
   */
  void require() {
    UnavailableException over = over();
    if (over != null) {
      throw over;
    }
  }

  /** Null while there is a leader, or may soon be one. */
  @Nullable UnavailableException over() {
    long millis = link.leaderlessNanos() / 1_000_000;
    return millis > longest.toMillis()
        ? new UnavailableException(
            "There has been no leader for " + millis + " ms, so nothing was tried")
        : null;
  }
}
