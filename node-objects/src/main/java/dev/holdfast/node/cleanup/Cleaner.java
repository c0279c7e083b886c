// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.cleanup.CleanupMessages.CleanupState;
import dev.holdfast.node.cleanup.CleanupMessages.OrderCleanup;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.TombstoneReaper;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.ChunkCollector;
import dev.holdfast.node.store.CollectorReport;
import dev.holdfast.node.store.CollectorSettings;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets old deletions and runs the collector of chunks: on a schedule, at once when space is low,
 * and when it is asked to. Before the collector, when that is due or asked for, the removal of what
 * a policy lets go, so that the chunks of that can follow. One pass at a time, on a thread of its
 * own.
 */
public final class Cleaner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Cleaner.class);

  /** How often it looks whether space is low, and the least time between two passes then. */
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final ClusterView cluster;
  private final PeerNetwork network;
  private final Removals removals;
  private final TombstoneReaper reaper;
  private final ChunkCollector collector;
  private final CollectorSettings settings;
  private final InstantSource clock;
  private final LongSupplier nanos;

  /** Guards what follows; nothing is done while it is held. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private Order ordered = Order.NOTHING;
  private boolean isRunning;
  private long completed;
  private long begunAtMillis;
  private long dueNanos;
  private long urgentNanos;
  private CollectorReport report = CollectorReport.NONE;
  private TombstoneReaper.Report reaping = TombstoneReaper.Report.NONE;

  private volatile boolean isClosed;

  private enum Order {
    NOTHING,
    /** Chunks on low space, or at their time: what a policy lets go has a time of its own. */
    CHUNKS,
    PLAN,
    RUN
  }

  /** Registers the handler of peer requests, so before the network starts. */
  public Cleaner(
      ClusterView cluster,
      PeerNetwork network,
      Removals removals,
      TombstoneReaper reaper,
      ChunkCollector collector,
      CollectorSettings settings,
      InstantSource clock,
      LongSupplier nanos) {
    this.cluster = cluster;
    this.network = network;
    this.removals = removals;
    this.reaper = reaper;
    this.collector = collector;
    this.settings = settings;
    this.clock = clock;
    this.nanos = nanos;
    this.urgentNanos = nanos.getAsLong();
    this.dueNanos = nanos.getAsLong() + settings.every().toNanos();
    network.serve(OrderCleanup.class, (_, order) -> obey(order.order()));
  }

  ClusterView cluster() {
    return cluster;
  }

  Removals removals() {
    return removals;
  }

  PeerNetwork network() {
    return network;
  }

  /**
   * Starts the thread. After the network has started.
   *
   * @param knowsHeads false while heads may be missing here that were agreed on
   */
  public void start(BooleanSupplier knowsHeads) {
    Thread.ofVirtual().name("cleaner").start(() -> work(knowsHeads));
  }

  /** What {@link OrderCleanup} says; returns at once. */
  CleanupState obey(String order) {
    switch (order) {
      case "plan" -> order(Order.PLAN);
      case "run" -> order(Order.RUN);
      default -> {} // To ask, or of a newer release.
    }
    return state();
  }

  private void order(Order order) {
    lock.lock();
    try {
      if (order.compareTo(ordered) > 0) {
        ordered = order;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public CleanupState state() {
    lock.lock();
    try {
      return new CleanupState(
          isRunning || ordered != Order.NOTHING,
          completed,
          begunAtMillis,
          report.isPlan(),
          report.refusal(),
          report.isUrgent(),
          report.usedChunks(),
          report.seenChunks(),
          report.trashed(),
          report.trashedBytes(),
          report.removed(),
          report.removedBytes(),
          report.restored(),
          report.inTrash(),
          report.inTrashBytes(),
          report.rewritten(),
          report.reclaimedBytes(),
          reaping.tombstones(),
          reaping.due(),
          reaping.reaped(),
          reaping.forgotten(),
          reaping.waits());
    } finally {
      lock.unlock();
    }
  }

  private void work(BooleanSupplier knowsHeads) {
    try {
      for (Order next = awaitOrder(); next != Order.NOTHING; next = awaitOrder()) {
        boolean isPlan = next == Order.PLAN;
        // First the deletions and what a policy lets go: what they named is garbage then.
        TombstoneReaper.Report reaped = reap(isPlan, hindrance(knowsHeads));
        remove(next, knowsHeads);
        ended(pass(isPlan, hindrance(knowsHeads)), reaped);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void remove(Order order, BooleanSupplier knowsHeads) throws InterruptedException {
    switch (order) {
      case PLAN -> removals.run(true, () -> hindrance(knowsHeads));
      case RUN -> removals.run(false, () -> hindrance(knowsHeads));
      case CHUNKS, NOTHING -> {
        if (removals.nanosToNext() <= 0) {
          removals.due(() -> hindrance(knowsHeads));
        }
      }
    }
  }

  private TombstoneReaper.Report reap(boolean isPlan, String hindrance) {
    if (!hindrance.isEmpty()) {
      return TombstoneReaper.Report.waiting(hindrance);
    }
    try {
      TombstoneReaper.Report done = reaper.run(isPlan, () -> !isClosed);
      if (!isPlan && done.reaped() + done.forgotten() > 0) {
        log.info("Cleanup: {} deletions and {} keys forgotten", done.reaped(), done.forgotten());
      }
      return done;
    } catch (RuntimeException e) {
      if (!isClosed) {
        log.warn("Old deletions could not be forgotten; it is tried again later", e);
      }
      return TombstoneReaper.Report.waiting("It failed; the log of the node has more.");
    }
  }

  private CollectorReport pass(boolean isPlan, String hindrance) throws InterruptedException {
    try {
      CollectorReport done = collector.run(isPlan, hindrance, () -> !isClosed);
      if (!isPlan && done.trashed() + done.removed() + done.rewritten() > 0) {
        log.info(
            "Cleanup: {} chunks to the trash, {} removed, {} restored, {} segments rewritten",
            done.trashed(),
            done.removed(),
            done.restored(),
            done.rewritten());
      }
      return done;
    } catch (RuntimeException e) {
      if (!isClosed) {
        log.warn("The cleanup failed, and is tried again later", e);
      }
      return CollectorReport.refused("It failed; the log of the node has more.");
    }
  }

  /** Why nothing may be deleted now, in a sentence; empty when it may. */
  private String hindrance(BooleanSupplier knowsHeads) {
    if (isClosed) {
      return "The node is stopping.";
    }
    if (!cluster.isHealthy(cluster.self())) {
      return "The node has no majority, so it may not know what was agreed on.";
    }
    if (!knowsHeads.getAsBoolean()) {
      return "An import is awaited, so heads may be missing.";
    }
    return cluster.map().nodes().stream()
        .filter(node -> node.state() == ClusterMap.State.DRAINING)
        .findFirst()
        .map(node -> "Copies of " + node.id() + ", which leaves, are being moved.")
        .orElse("");
  }

  /** Waits until there is something to do; {@link Order#NOTHING} at the end. */
  private Order awaitOrder() throws InterruptedException {
    lock.lock();
    try {
      while (!isClosed) {
        long left = Math.min(dueNanos - nanos.getAsLong(), removals.nanosToNext());
        if (ordered == Order.NOTHING && (left <= 0 || isUrgent())) {
          ordered = Order.CHUNKS;
        }
        if (ordered != Order.NOTHING) {
          Order next = ordered;
          ordered = Order.NOTHING;
          isRunning = true;
          begunAtMillis = clock.millis();
          return next;
        }
        var _ = changed.await(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS);
      }
      return Order.NOTHING;
    } finally {
      lock.unlock();
    }
  }

  private boolean isUrgent() {
    return nanos.getAsLong() - urgentNanos >= 0 && collector.isSpaceLow();
  }

  private void ended(CollectorReport done, TombstoneReaper.Report reaped) {
    lock.lock();
    try {
      isRunning = false;
      completed++;
      report = done;
      reaping = reaped;
      dueNanos = nanos.getAsLong() + settings.every().toNanos();
      // What could be freed was freed: at once there is nothing more.
      urgentNanos = nanos.getAsLong() + LOOK.toNanos();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread between two steps. */
  @Override
  public void close() {
    isClosed = true;
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
