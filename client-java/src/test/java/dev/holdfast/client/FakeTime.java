// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Time that stands still until a test moves it. Due timers run on the test's thread, in order. */
final class FakeTime implements Time {
  private final ReentrantLock lock = new ReentrantLock();
  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(Comparator.comparingLong(Due::atNanos).thenComparingLong(Due::order));
  private long now = Long.MAX_VALUE - 1_000_000_000L; // nanoTime may wrap at any moment.
  private long orders;

  private record Due(long atNanos, long order, Runnable action) {}

  @Override
  public long nanoTime() {
    lock.lock();
    try {
      return now;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable action) {
    lock.lock();
    try {
      // Kept as distance from the start, since now may wrap.
      Due due = new Due(elapsed() + Math.max(0, delay.toNanos()), orders++, action);
      timers.add(due);
      return () -> remove(due);
    } finally {
      lock.unlock();
    }
  }

  private void remove(Due due) {
    lock.lock();
    try {
      timers.remove(due);
    } finally {
      lock.unlock();
    }
  }

  private long elapsed() {
    return now - (Long.MAX_VALUE - 1_000_000_000L);
  }

  /** Moves time, and runs what comes due on the way. */
  void advance(Duration by) {
    long until = elapsed(0) + by.toNanos();
    while (true) {
      Runnable action = next(until);
      if (action == null) {
        return;
      }
      action.run();
    }
  }

  /** Moves time without running anything: the process was stopped, and has just woken up. */
  void pause(Duration by) {
    elapsed(by.toNanos());
  }

  private long elapsed(long add) {
    lock.lock();
    try {
      now += add;
      return elapsed();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Runnable next(long until) {
    lock.lock();
    try {
      Due due = timers.peek();
      if (due == null || due.atNanos() > until) {
        now += until - elapsed();
        return null;
      }
      timers.remove();
      now += Math.max(0, due.atNanos() - elapsed());
      return due.action();
    } finally {
      lock.unlock();
    }
  }

  /** Runs what is due now, such as an immediate reconnection. */
  void tick() {
    advance(Duration.ZERO);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      timers.clear();
    } finally {
      lock.unlock();
    }
  }
}
