// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When all heads are compared next: every so often, and soon after something happened, but never
 * for more than a part of the time, however many heads there are and however often something
 * happens. For one thread.
 */
final class ComparisonPace {
  /** Comparing takes at most this part of the time. */
  private static final int SHARE = 100;

  /** The same while nodes come and go, or rows turn out to be damaged. */
  private static final int HASTENED_SHARE = 10;

  private final long everyNanos;
  private final LongSupplier nanos;
  private long begun;
  private long due;
  private long rested;

  /** The first comparison is due at once. */
  ComparisonPace(Duration every, LongSupplier nanos) {
    this.everyNanos = every.toNanos();
    this.nanos = nanos;
    this.due = nanos.getAsLong();
    this.rested = due;
  }

  /** Something happened: as soon as the last comparison has been rested from. */
  void hasten() {
    if (rested - due < 0) {
      due = rested;
    }
  }

  /** 0 when one is due. */
  long nanosToNext() {
    return Math.max(0, due - nanos.getAsLong());
  }

  /** A comparison begins. */
  void begin() {
    begun = nanos.getAsLong();
  }

  /** It ended, successfully. */
  void end() {
    long now = nanos.getAsLong();
    long took = now - begun;
    rested = now + Math.min(HASTENED_SHARE * took, everyNanos);
    due = now + Math.max(everyNanos, SHARE * took);
  }
}
