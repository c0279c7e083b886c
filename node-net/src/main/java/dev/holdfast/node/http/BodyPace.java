// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.spi.system.Deadline;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How long one body may be waited for. A body that stands still has a long time, and one that
 * merely trickles any time, until others wait for the memory that it holds: then it must have moved
 * {@value #STEP_BYTES} bytes in {@link #SHORT_PATIENCE} of waiting. Time in which this node was the
 * slow one does not count. Confined to the request's thread.
 */
final class BodyPace {
  static final long STEP_BYTES = 64 << 10;
  static final Duration SHORT_PATIENCE = Duration.ofSeconds(5);

  private final Duration stallTimeout;
  private final Duration shortPatience;
  private final BooleanSupplier othersWait;
  private final LongSupplier nanos;
  private long waitedNanos;
  private long movedBytes;

  BodyPace(Duration stallTimeout, BooleanSupplier othersWait, LongSupplier nanos) {
    this(stallTimeout, SHORT_PATIENCE, othersWait, nanos);
  }

  BodyPace(
      Duration stallTimeout,
      Duration shortPatience,
      BooleanSupplier othersWait,
      LongSupplier nanos) {
    this.stallTimeout = stallTimeout;
    this.shortPatience = shortPatience.compareTo(stallTimeout) < 0 ? shortPatience : stallTimeout;
    this.othersWait = othersWait;
    this.nanos = nanos;
  }

  /** Blocks until a channel is ready. */
  @FunctionalInterface
  interface Wait {
    /**
     * @throws SocketTimeoutException when it is not ready in time
     */
    void upTo(Duration timeout) throws IOException;
  }

  /** By the clock of this pace. */
  Deadline within(Duration time) {
    return Deadline.after(time, nanos);
  }

  void moved(long bytes) {
    movedBytes += bytes;
    if (movedBytes >= STEP_BYTES) {
      movedBytes = 0;
      waitedNanos = 0;
    }
  }

  /**
   * @throws SocketTimeoutException when the patience is over
   */
  void await(Wait wait) throws IOException {
    long begun = nanos.getAsLong();
    long before = waitedNanos;
    while (true) {
      long stillNanos = nanos.getAsLong() - begun;
      waitedNanos = before + stillNanos;
      if (waitedNanos >= shortPatience.toNanos() && othersWait.getAsBoolean()) {
        throw new SocketTimeoutException(
            "Less than " + STEP_BYTES + " bytes moved within " + shortPatience + ", others wait");
      }
      long left = stallTimeout.toNanos() - stillNanos;
      try {
        wait.upTo(Duration.ofNanos(Math.min(left, shortPatience.toNanos())));
        waitedNanos = before + (nanos.getAsLong() - begun);
        return;
      } catch (SocketTimeoutException e) {
        if (left <= shortPatience.toNanos()) {
          throw e;
        }
      }
    }
  }
}
