// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the whole key table now and then, on a thread of its own, so that what a disk has changed
 * is found before it is needed: after the start, and then at an interval. Rests nine times as long
 * as it reads.
 */
final class TableScrub implements AutoCloseable {
  private static final int PAGE_RECORDS = 256;
  private static final int REST_FACTOR = 9;
  private static final long REST_MILLIS_MIN = 1;

  private final KeyTable table;
  private final Fatality fatality;
  private final Meter meter;
  private final Duration interval;
  private final LongSupplier nanos;
  private final Thread thread;

  TableScrub(
      KeyTable table, Fatality fatality, Meter meter, Duration interval, LongSupplier nanos) {
    this.table = table;
    this.fatality = fatality;
    this.meter = meter;
    this.interval = interval;
    this.nanos = nanos;
    this.thread = Thread.ofPlatform().name("raft-scrub").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        if (pass()) {
          meter.count("raft.table.scrubs", 1);
        }
        Thread.sleep(interval);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (CoordinatorFailedException e) {
      fatality.report(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      fatality.report("The key table cannot be read: " + e.getMessage(), e);
    }
  }

  /** False when the table was replaced meanwhile: the new one was checked as it came. */
  private boolean pass() throws InterruptedException {
    LmdbTable disk = table.disk();
    try {
      for (LmdbTable.Part part : LmdbTable.Part.values()) {
        long begun = nanos.getAsLong();
        @Nullable Bytes next = disk.verify(part, Bytes.EMPTY, PAGE_RECORDS);
        while (next != null) {
          Thread.sleep(restMillis(nanos.getAsLong() - begun));
          begun = nanos.getAsLong();
          next = disk.verify(part, next, PAGE_RECORDS);
        }
      }
      return true;
    } catch (UnavailableException e) {
      if (table.disk().equals(disk)) {
        throw e;
      }
      return false;
    }
  }

  private static long restMillis(long tookNanos) {
    return Math.max(REST_MILLIS_MIN, REST_FACTOR * tookNanos / 1_000_000);
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
