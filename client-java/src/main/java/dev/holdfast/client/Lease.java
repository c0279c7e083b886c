// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;

/**
 * Until when a session is surely alive, by this machine's monotonic clock: the <em>send</em> time
 * of the last acknowledged renewal + TTL − margin. The cluster counts its TTL from the arrival,
 * which is later, so it cannot have passed the session's locks on before. The margin covers clocks
 * that run at slightly different rates and the moment between a check and what the program does
 * then.
 *
 * @param sentNanos when the acknowledged renewal was sent
 */
record Lease(long sentNanos, Duration ttl) {
  private static final Duration MIN_MARGIN = Duration.ofMillis(100);
  private static final Duration MAX_MARGIN = Duration.ofSeconds(2);

  Duration margin() {
    Duration tenth = ttl.dividedBy(10);
    Duration atLeast = tenth.compareTo(MIN_MARGIN) < 0 ? MIN_MARGIN : tenth;
    return atLeast.compareTo(MAX_MARGIN) > 0 ? MAX_MARGIN : atLeast;
  }

  long deadlineNanos() {
    return sentNanos + ttl.minus(margin()).toNanos();
  }

  /** Zero when the deadline has passed. */
  Duration remaining(long nowNanos) {
    return Duration.ofNanos(Math.max(0, deadlineNanos() - nowNanos));
  }

  boolean isOver(long nowNanos) {
    return nowNanos - deadlineNanos() >= 0;
  }

  /** An acknowledgement of an older renewal, overtaken by a newer one, changes nothing. */
  Lease renewed(long otherSentNanos) {
    return otherSentNanos - sentNanos > 0 ? new Lease(otherSentNanos, ttl) : this;
  }

  /** How long after the send of one renewal the next one is due. */
  Duration renewEvery() {
    return ttl.dividedBy(3);
  }

  /** How long an answer may take before another node is tried; twice fits between two renewals. */
  Duration answerWithin() {
    return ttl.dividedBy(6);
  }
}
