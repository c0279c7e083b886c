// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.latch;

/** A change of a latch. */
public sealed interface LatchCommand {
  int COUNT_MAX = 1_000_000_000;

  /** Sets the count of a latch that is open; changes nothing while it counts. */
  record TrySet(long count) implements LatchCommand {
    public TrySet {
      check(count);
    }
  }

  /** Counts down, to 0 at most. */
  record CountDown(long by) implements LatchCommand {
    public CountDown {
      check(by);
    }
  }

  private static void check(long number) {
    if (number < 1 || number > COUNT_MAX) {
      throw new IllegalArgumentException("A count is 1 to " + COUNT_MAX + ", not " + number);
    }
  }
}
