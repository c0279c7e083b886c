// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * Ends what takes too long, some tens of milliseconds late: one thread looks at all that is under
 * way now and then. The JDK's own timers wake a thread when they are set and again when they are
 * not needed any more, which costs a lone commit more than its log entry.
 */
public final class Timeouts {
  private static final long TICK_MILLIS = 50;

  private static final Set<Guard> GUARDS = ConcurrentHashMap.newKeySet();

  static {
    Thread.ofPlatform().daemon().name("raft-timeouts").start(Timeouts::run);
  }

  private Timeouts() {}

  /** Something that may take too long, until it is closed. */
  static final class Guard implements AutoCloseable {
    private final long deadlineNanos;
    private final Runnable overdue;

    private Guard(long deadlineNanos, Runnable overdue) {
      this.deadlineNanos = deadlineNanos;
      this.overdue = overdue;
    }

    private void run() {
      Thread.ofVirtual().name("raft-overdue").start(overdue);
    }

    @Override
    public void close() {
      GUARDS.remove(this);
    }
  }

  /**
   * @param overdue called once, on a thread of its own, unless the guard is closed before
   */
  static Guard guard(Duration max, Runnable overdue) {
    Guard guard = new Guard(System.nanoTime() + max.toNanos(), overdue);
    GUARDS.add(guard);
    return guard;
  }

  /** Fails it with a {@link TimeoutException} when it is not done by then. Returns the same. */
  public static <T> CompletableFuture<T> limit(CompletableFuture<T> future, Duration max) {
    if (!future.isDone()) {
      Guard guard = guard(max, () -> future.completeExceptionally(new TimeoutException()));
      var _ = future.whenComplete((_, _) -> guard.close());
    }
    return future;
  }

  private static void run() {
    try {
      while (true) {
        Thread.sleep(TICK_MILLIS);
        long now = System.nanoTime();
        List<Guard> overdue =
            GUARDS.stream().filter(guard -> now - guard.deadlineNanos >= 0).toList();
        overdue.stream().filter(GUARDS::remove).forEach(Guard::run);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("Nobody ends this thread", e);
    }
  }
}
