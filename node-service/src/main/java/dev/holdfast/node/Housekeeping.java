// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.feature.Chore;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The chores that nobody waits for, one thread each, so that a slow one holds up no other. */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final int CHORES_MAX = 16;

  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          CHORES_MAX, Thread.ofPlatform().name("chore-", 0).daemon().factory());

  private final Meter meter;

  Housekeeping(Meter meter) {
    this.meter = meter;
  }

  /**
   * Runs a chore again and again, with this pause in between. A failure, whatever is thrown, is
   * logged and counted, and does not end the chore.
   */
  void run(Chore chore) {
    var _ =
        threads.scheduleWithFixedDelay(
            () -> {
              try {
                chore.work().run();
              } catch (CoordinatorException e) {
                LOG.info("Chore '{}' will be tried again: {}", chore.name(), e.toString());
                LOG.debug("Chore '{}'", chore.name(), e);
              } catch (RuntimeException | Error e) { // The scheduler would never run it again.
                meter.count("chore.failed", 1);
                LOG.error("Chore '{}' failed, and will be tried again", chore.name(), e);
              }
            },
            chore.pause().toMillis(),
            chore.pause().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
