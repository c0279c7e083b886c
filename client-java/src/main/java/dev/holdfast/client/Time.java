// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Monotonic time and timers, so that tests can let hours pass. */
interface Time {
  long nanoTime();

  /** Runs the action once, on a thread that it must not block. */
  Timer schedule(Duration delay, Runnable action);

  /** Stops handing out timers; those that are set never run. */
  void close();

  /** A timer that is set. */
  interface Timer {
    void cancel();
  }

  /** Nothing for a timer that was never set. */
  static void cancel(@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  /** The system's clock and one daemon thread. */
  final class SystemTime implements Time {
    private final ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(1, task -> daemon(task, "holdfast-timers"));

    SystemTime() {
      executor.setRemoveOnCancelPolicy(true);
      executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public Timer schedule(Duration delay, Runnable action) {
      if (executor.isShutdown()) {
        return () -> {};
      }
      ScheduledFuture<?> future =
          executor.schedule(
              () -> Loudly.run("a timer", action),
              Math.max(0, delay.toNanos()),
              TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    }

    @Override
    public void close() {
      executor.shutdown();
    }

    static Thread daemon(Runnable task, String name) {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    }
  }
}
