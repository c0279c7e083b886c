// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * CLOSED → OPEN after some failures in a row → HALF_OPEN after a while, when one call may try →
 * CLOSED or OPEN again. Thread-safe.
 */
final class Circuit {
  enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private final int failuresToOpen;
  private final Duration retryAfter;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private State state = State.CLOSED;
  private int failuresInARow;
  private long openedAt;

  Circuit(int failuresToOpen, Duration retryAfter, LongSupplier nanoTime) {
    this.failuresToOpen = failuresToOpen;
    this.retryAfter = retryAfter;
    this.nanoTime = nanoTime;
  }

  /** Whether this call may be made. Who gets true tells how it went by one of the three below. */
  boolean admit() {
    lock.lock();
    try {
      if (state == State.OPEN && nanoTime.getAsLong() - openedAt >= retryAfter.toNanos()) {
        state = State.HALF_OPEN;
        return true;
      }
      return state == State.CLOSED;
    } finally {
      lock.unlock();
    }
  }

  void succeeded() {
    lock.lock();
    try {
      failuresInARow = 0;
      // A call from before the opening that ends well now proves nothing about later ones.
      if (state == State.HALF_OPEN) {
        state = State.CLOSED;
      }
    } finally {
      lock.unlock();
    }
  }

  /** True when this failure opened the circuit. */
  boolean failed() {
    lock.lock();
    try {
      failuresInARow++;
      boolean opens =
          state == State.HALF_OPEN || (state == State.CLOSED && failuresInARow >= failuresToOpen);
      if (opens) {
        state = State.OPEN;
        openedAt = nanoTime.getAsLong();
      }
      return opens;
    } finally {
      lock.unlock();
    }
  }

  /** The call was not made after all. */
  void withdrawn() {
    lock.lock();
    try {
      if (state == State.HALF_OPEN) {
        state = State.OPEN;
      }
    } finally {
      lock.unlock();
    }
  }

  State state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }
}
