// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Kills the leader again and again. A write is sent every few milliseconds, whatever became of
 * those before; what counts is the first one, sent after the kill, that is acknowledged.
 */
final class FailoverRow {
  static final int KILLS = 20;

  private static final Duration BETWEEN_WRITES = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_KILLS = Duration.ofSeconds(3);

  private FailoverRow() {}

  static Row measure(Peer.Failover peer, int kills) throws Exception {
    Load write = peer.commits(CoordinationBench.KEYS);
    List<Double> millis = new ArrayList<>();
    long failures = 0;
    for (int kill = 0; kill < kills; kill++) {
      Peer.Restart restart = peer.killLeader();
      double until = firstWrite(write);
      if (Double.isNaN(until)) {
        failures++;
      } else {
        millis.add(until);
      }
      restart.run();
      Thread.sleep(BETWEEN_KILLS);
    }
    millis.sort(null);
    return new Row(
        peer.name(),
        RowName.FAILOVER.text(),
        1,
        0,
        millis.isEmpty() ? 0 : millis.get((millis.size() - 1) / 2),
        millis.isEmpty() ? 0 : millis.getLast(),
        failures,
        Map.of("kills", (double) kills));
  }

  /** In milliseconds from now; NaN when none was acknowledged in time. */
  private static double firstWrite(Load write) throws InterruptedException {
    long killed = System.nanoTime();
    AtomicLong acknowledged = new AtomicLong();
    ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (int caller = 0; acknowledged.get() == 0; caller++) {
        if (System.nanoTime() - killed > PATIENCE.toNanos()) {
          return Double.NaN;
        }
        int number = caller;
        writers.execute(() -> {
          try {
            write.call(number, number);
            acknowledged.compareAndSet(0, System.nanoTime() - killed);
          } catch (Exception notNow) {
            // The next one is under way.
          }
        });
        Thread.sleep(BETWEEN_WRITES);
      }
      return acknowledged.get() / 1e6;
    } finally {
      writers.shutdownNow();
      var _ = writers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
