// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

/**
 * When the next batch leaves, while one at a time is under way. Those whose commits were answered
 * often commit again at once: without a moment's wait for them, the first would travel alone and
 * all others wait for its round to end.
 *
 * <p>The wait ends when as many are there as take part, after half of what a round takes at the
 * latest; and it is left out for a while when they do not come. Pure, but for the time that is
 * passed in; not thread-safe.
 */
final class Departure {
  private static final long WAIT_NANOS_MAX = 1_000_000;

  /** How many rounds pass at most until a wait that was in vain is tried again. */
  private static final int PAUSE_ROUNDS_MAX = 64;

  private long leftNanos;
  private int leftSize;

  /** So many take part; not more are waited for. Zero: nobody is. */
  private int wanted;

  /** The next batch leaves then, however many are there. */
  private long dueNanos;

  private int pauseRounds;
  private int nextPauseRounds = 1;

  /** A batch of that many leaves now. */
  void left(int size, long nowNanos) {
    boolean waited = wanted > 0;
    if (waited && size >= wanted) {
      nextPauseRounds = 1;
    } else if (waited && nowNanos - dueNanos >= 0) {
      pauseRounds = nextPauseRounds;
      nextPauseRounds = Math.min(PAUSE_ROUNDS_MAX, nextPauseRounds * 2);
    }
    leftSize = size;
    leftNanos = nowNanos;
  }

  /**
   * The batch that left has been answered.
   *
   * @param waiting how many have come meanwhile
   */
  void answered(int waiting, long nowNanos) {
    if (pauseRounds > 0) {
      pauseRounds--;
      wanted = 0;
    } else {
      wanted = leftSize + waiting;
    }
    dueNanos = nowNanos + Math.min(WAIT_NANOS_MAX, (nowNanos - leftNanos) / 2);
  }

  /** No more are waited for. */
  boolean isDue(int waiting, long nowNanos) {
    return waiting >= wanted || nowNanos - dueNanos >= 0;
  }

  /** Until it is due in any case. */
  long remainingNanos(long nowNanos) {
    return dueNanos - nowNanos;
  }
}
