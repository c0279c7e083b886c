// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.FrameLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a hold is asked for with.
 *
 * @param patience null for ever, zero to try
 * @param candidate whom the holder id names, null for nobody
 * @param delay for so long nobody else is granted the lock after the session has expired
 */
record Ask(
    String lock,
    LockMode mode,
    @Nullable Duration patience,
    @Nullable String candidate,
    Duration delay) {
  static final Duration MAX_DELAY = Duration.ofMinutes(10);

  private static final Duration MAX_NODE_WAIT = Duration.ofMinutes(10);

  Ask {
    if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
      throw new IllegalArgumentException("a delay is at most 10 minutes, not " + delay);
    }
  }

  Ask(String lock, LockMode mode, @Nullable Duration patience) {
    this(lock, mode, patience, null, Duration.ZERO);
  }

  /** How long a node is told to wait. Longer waits are ended by the client alone. */
  long waitMillis() {
    Duration wait = patience;
    if (wait == null || wait.compareTo(MAX_NODE_WAIT) > 0) {
      return FrameLimits.WAIT_FOREVER;
    }
    if (wait.isNegative()) {
      throw new IllegalArgumentException("a wait is not negative: " + wait);
    }
    return wait.toMillis();
  }
}
