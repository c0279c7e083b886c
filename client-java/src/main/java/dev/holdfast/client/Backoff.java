// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long an attempt to connect may take, and how long to rest before the next. */
final class Backoff {
  /** A connection that is not ready after that is given up for the next node. */
  private static final Duration MIN_ATTEMPT = Duration.ofMillis(500);

  private static final Duration MAX_ATTEMPT = Duration.ofSeconds(5);
  private static final Duration MIN_REST = Duration.ofMillis(50);
  private static final Duration MAX_REST = Duration.ofSeconds(1);

  private final RandomGenerator random;
  private int failuresInRow;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  void succeeded() {
    failuresInRow = 0;
  }

  /** Counts a failure. */
  Duration rest(Duration ttl) {
    int failures = failuresInRow++;
    if (failures == 0) {
      return Duration.ZERO; // The first loss: another node is probably fine.
    }
    long cap = Math.min(MAX_REST.toNanos(), ttl.toNanos() / 8);
    long full = Math.min(cap, MIN_REST.toNanos() << Math.min(failures, 6));
    return Pause.jittered(full, random);
  }

  static Duration attempt(Duration ttl) {
    Duration quarter = ttl.dividedBy(4);
    Duration atLeast = quarter.compareTo(MIN_ATTEMPT) < 0 ? MIN_ATTEMPT : quarter;
    return atLeast.compareTo(MAX_ATTEMPT) > 0 ? MAX_ATTEMPT : atLeast;
  }
}
