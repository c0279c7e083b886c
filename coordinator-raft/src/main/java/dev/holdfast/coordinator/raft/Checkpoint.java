// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorEvent;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * Moves what was applied into LMDB, one durable transaction at a time, on a thread of its own. The
 * last checkpoint is what Ratis calls the snapshot: the log before it may be purged (R8).
 */
final class Checkpoint implements AutoCloseable {
  private final KeyTable table;
  private final Fatality fatality;
  private final Meter meter;
  private final Duration interval;
  private final Runnable afterwards;
  private final RaftEvents events;

  /** Held while LMDB is written, copied or swapped. */
  private final ReentrantLock disk = new ReentrantLock();

  private final ReentrantLock wake = new ReentrantLock();
  private final Condition wanted = wake.newCondition();
  private boolean isWanted;
  private boolean closed;
  private final LongSupplier nanos;
  private volatile @Nullable TermIndex durable;
  private @Nullable Thread thread;

  /**
   * @param afterwards told after each checkpoint that moved on, e.g. to purge the log
   */
  Checkpoint(
      KeyTable table,
      Fatality fatality,
      Meter meter,
      Duration interval,
      Runnable afterwards,
      RaftEvents events,
      LongSupplier nanos) {
    this.table = table;
    this.fatality = fatality;
    this.meter = meter;
    this.interval = interval;
    this.afterwards = afterwards;
    this.events = events;
    this.nanos = nanos;
    reset();
  }

  void start() {
    thread = Thread.ofPlatform().name("raft-checkpoint").daemon().start(this::run);
  }

  /** Null before the first. */
  @Nullable TermIndex durable() {
    return durable;
  }

  /** Keeps checkpoints from happening while LMDB is copied or swapped. */
  ReentrantLock disk() {
    return disk;
  }

  /** The table was replaced: what it holds is durable. Called under {@link #disk()}. */
  void reset() {
    KeyTable.Position position = table.position();
    durable = position.index() < 0 ? null : TermIndex.valueOf(position.term(), position.index());
  }

  /** Asks for a checkpoint soon. */
  void want() {
    wake.lock();
    try {
      isWanted = true;
      wanted.signal();
    } finally {
      wake.unlock();
    }
  }

  private void run() {
    try {
      while (awaitWanted()) {
        if (write()) {
          afterwards.run();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      fatality.report("The key table cannot be written: " + e.getMessage(), e);
    }
  }

  private boolean awaitWanted() throws InterruptedException {
    long rest = interval.toNanos();
    wake.lock();
    try {
      while (!isWanted && !closed && rest > 0) {
        rest = wanted.awaitNanos(rest);
      }
      isWanted = false;
      return !closed;
    } finally {
      wake.unlock();
    }
  }

  /** True when there was something to write. */
  boolean write() {
    disk.lock();
    try {
      TermIndex last = durable;
      KeyTable.Sealed sealed = table.seal(last == null ? -1 : last.getIndex());
      if (sealed == null) {
        return false;
      }
      long begun = nanos.getAsLong();
      sealed.disk().write(sealed.overlay(), sealed.meta());
      table.letGo();
      events.tell(new CoordinatorEvent.SnapshotCreated(sealed.meta().revision()));
      durable = TermIndex.valueOf(sealed.meta().term(), sealed.meta().index());
      sweep(sealed.disk(), sealed.meta().marks().floor());
      meter.record("raft.checkpoint.millis", (nanos.getAsLong() - begun) / 1e6);
      meter.record("raft.checkpoint.keys", sealed.overlay().size());
      return true;
    } finally {
      disk.unlock();
    }
  }

  /**
   * All that a floor has made worthless goes at once: a checkpoint brings at most as many marks as
   * it covers deletions, so what is left is bounded by {@link KeyTable#MARKS_MAX} at any rate.
   */
  private static void sweep(LmdbTable table, long floor) {
    boolean more = true;
    while (more) {
      more = table.sweep(floor);
    }
  }

  @Override
  public void close() {
    wake.lock();
    try {
      closed = true;
      wanted.signal();
    } finally {
      wake.unlock();
    }
    Thread running = thread;
    if (running != null) {
      try {
        running.join(TimeUnit.SECONDS.toMillis(10));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
