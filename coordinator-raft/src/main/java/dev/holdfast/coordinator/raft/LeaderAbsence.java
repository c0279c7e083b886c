// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import java.util.concurrent.atomic.AtomicLong;

/** Since when no leader is known, by what many threads see. */
final class LeaderAbsence {
  private static final long PRESENT = 0;

  /** Before the first one: a cluster that forms is no cluster that has lost its majority. */
  private static final long NEVER = -1;

  /** Or a nanoTime, moved off the two values above. */
  private final AtomicLong since = new AtomicLong(NEVER);

  void saw(boolean isThere, long nowNanos) {
    if (isThere) {
      if (since.get() != PRESENT) {
        since.set(PRESENT);
      }
    } else if (since.get() == PRESENT) {
      since.compareAndSet(PRESENT, nowNanos | 2);
    }
  }

  long nanos(long nowNanos) {
    long begun = since.get();
    return begun == PRESENT || begun == NEVER ? 0 : Math.max(0, nowNanos - begun);
  }
}
