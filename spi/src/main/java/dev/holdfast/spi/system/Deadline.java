// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.system;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A moment on the monotonic clock of this process, and that clock: a wait asks it what is left. It
 * is passed down instead of a timeout, so that the steps of one call share one limit. Immutable.
 */
public final class Deadline {
  /** Far enough that it never comes, and near enough that a difference does not overflow. */
  private static final long NANOS_MAX = Long.MAX_VALUE / 4;

  private final LongSupplier nanos;
  private final long atNanos;

  private Deadline(LongSupplier nanos, long atNanos) {
    this.nanos = nanos;
    this.atNanos = atNanos;
  }

  /**
   * @param nanos the monotonic clock; its zero means nothing
   */
  public static Deadline after(Duration timeout, LongSupplier nanos) {
    return new Deadline(nanos, nanos.getAsLong() + nanosOf(timeout));
  }

  /** The nanoseconds of any duration; centuries are as good as ever. */
  private static long nanosOf(Duration timeout) {
    boolean isFar = timeout.compareTo(Duration.ofNanos(NANOS_MAX)) >= 0;
    return isFar ? NANOS_MAX : timeout.toNanos();
  }

  /** What is left of it; 0 once it has passed, never negative. */
  public long leftNanos() {
    return Math.max(0, atNanos - nanos.getAsLong());
  }

  public boolean hasPassed() {
    return leftNanos() == 0;
  }
}
