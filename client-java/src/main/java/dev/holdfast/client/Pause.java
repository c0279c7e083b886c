// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long what a node refused for now rests before it is sent again: twice as long after each
 * refusal, up to a limit.
 */
record Pause(Duration first, Duration longest) {
  /** More than any limit here needs. */
  private static final int MAX_DOUBLINGS = 6;

  /**
   * @param before refusals before this one
   */
  Duration after(int before, RandomGenerator random) {
    long doubled = first.toNanos() << Math.min(before, MAX_DOUBLINGS);
    return jittered(Math.min(longest.toNanos(), doubled), random);
  }

  /** Half fixed, half random: thousands of clients of a dead node must not come back in step. */
  static Duration jittered(long fullNanos, RandomGenerator random) {
    return Duration.ofNanos(fullNanos / 2 + (long) (random.nextDouble() * fullNanos / 2));
  }
}
