// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The one lock of a session's state. Inside it there is no I/O and no foreign code: what must touch
 * either is left with {@link #after} and runs when the lock is free again.
 */
final class Guard {
  private final Time time;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Runnable> after = new ArrayDeque<>();

  Guard(Time time) {
    this.time = time;
  }

  void run(Runnable body) {
    call(() -> {
      body.run();
      return true;
    });
  }

  <T> T call(Supplier<T> body) {
    ArrayDeque<Runnable> mine = new ArrayDeque<>();
    lock.lock();
    try {
      return body.get();
    } finally {
      if (lock.getHoldCount() == 1) {
        mine.addAll(after);
        after.clear();
      }
      lock.unlock();
      mine.forEach(action -> Loudly.run("a completion", action));
    }
  }

  /** Only inside {@link #call}. */
  void after(Runnable action) {
    if (!lock.isHeldByCurrentThread()) {
      throw new AssertionError("outside the guard");
    }
    after.add(action);
  }

  /** Inside {@link #run} again when the time has come. */
  Time.Timer later(Duration delay, Runnable action) {
    return time.schedule(delay, () -> run(action));
  }
}
