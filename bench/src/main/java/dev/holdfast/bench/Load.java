// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** One kind of call, offered in a closed loop: each caller sends its next when it was answered. */
@FunctionalInterface
interface Load {
  int VALUE_BYTES = 256;

  /** Of the load's process to the servers; callers are spread over them. */
  int CONNECTIONS = 4;

  int WARM_UP_CALLERS = 48;

  void call(int caller, long number) throws Exception;

  /**
   * A lone caller makes so few calls that its row would measure the interpreter: this makes the
   * code of the peer hot before its first row. For every peer the same.
   */
  default void warmUp(Duration time) throws InterruptedException {
    var _ = run("", "", WARM_UP_CALLERS, time, Duration.ZERO);
  }

  /** Runs it; the first part is warm-up and not counted. */
  default Row run(String peer, String name, int callers, Duration warmUp, Duration counted)
      throws InterruptedException {
    Latencies latencies = new Latencies();
    AtomicLong failures = new AtomicLong();
    long begin = System.nanoTime() + warmUp.toNanos();
    long end = begin + counted.toNanos();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < callers; i++) {
        int caller = i;
        threads.execute(() -> loop(caller, begin, end, latencies, failures));
      }
    }
    double seconds = counted.toNanos() / 1e9;
    return new Row(
        peer,
        name,
        callers,
        latencies.count() / seconds,
        latencies.percentileMillis(0.5),
        latencies.percentileMillis(0.99),
        failures.get());
  }

  private void loop(int caller, long begin, long end, Latencies latencies, AtomicLong failures) {
    for (long number = 0; ; number++) {
      long sent = System.nanoTime();
      if (sent - end >= 0) {
        return;
      }
      try {
        call(caller, number);
        long now = System.nanoTime();
        if (sent - begin >= 0 && now - end < 0) {
          latencies.add(now - sent);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (Exception e) {
        failures.incrementAndGet();
        LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
