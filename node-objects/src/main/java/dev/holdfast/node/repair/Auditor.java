// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.RepairPlanner.Fault;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.CopyRemover;
import dev.holdfast.node.object.ReplicaMover;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.repair.RepairMessages.AuditState;
import dev.holdfast.node.repair.RepairMessages.OrderAudit;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.placement.PlacementPolicy;
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
 * Audits on a schedule, when a node came up, went down or is declared dead, and when it is asked
 * to. One audit at a time, on a thread of its own.
 */
public final class Auditor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Auditor.class);

  /** Of one call to the coordinator or a holder. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Audits that nobody asks for take at most this part of the time, however much there is. */
  private static final long AUDIT_SHARE = 20;

  /** After an audit that broke off or had something to repair; doubles from one to the next. */
  private static final long RETRY_NANOS_MIN = Duration.ofSeconds(5).toNanos();

  private final Parts parts;
  private final RepairSettings settings;
  private final DownTimes downTimes;
  private final CopyInspector inspector;

  /** Guards what follows; nothing is done while it is held. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private Order ordered = Order.NOTHING;
  private boolean isRunning;
  private boolean isClosed;
  private long completed;
  private long dueNanos;
  private long retryNanos = RETRY_NANOS_MIN;
  private long begunNanos;

  /** Before it no audit begins unasked. */
  private long restedNanos;

  /** Something changed since the last audit began. */
  private boolean isHastened;

  private String failure = "";

  /** Of the audit that just ended. Owned by the thread that audits. */
  private String failed = "";

  private volatile AuditTally tally = AuditTally.NONE;
  private volatile RepairPace pace;

  private enum Order {
    NOTHING,
    LOOK,
    REPAIR
  }

  /**
   * What it needs from the node.
   *
   * @param policy guarded: throws nothing, and answers in time
   * @param copies wanted of each object
   * @param nanos monotonic
   */
  public record Parts(
      ClusterView cluster,
      Coordinator coordinator,
      PeerNetwork network,
      ReplicaMover mover,
      LocalStore store,
      PlacementPolicy policy,
      int copies,
      InstantSource clock,
      LongSupplier nanos,
      Meter meter) {}

  /** Registers the handlers of peer requests, so before the network starts. */
  public Auditor(Parts parts, RepairSettings settings) {
    this.parts = parts;
    this.settings = settings;
    this.downTimes = new DownTimes(parts.cluster, settings.deadAfter(), parts.nanos);
    this.inspector = new CopyInspector(parts.cluster.self(), parts.store, parts.network, TIMEOUT);
    this.pace = pace();
    this.restedNanos = parts.nanos.getAsLong();
    this.dueNanos = restedNanos + settings.auditEvery().toNanos();
    parts.network.serve(OrderAudit.class, (_, order) -> obey(order.order()));
    parts.cluster.onChange(() -> {
      if (downTimes.look()) {
        hasten();
      }
    });
  }

  CopyInspector inspector() {
    return inspector;
  }

  /** What the disks of holders have, looked at now. */
  public CopyRemover.Proof proof() {
    return inspector::whole;
  }

  DownTimes downTimes() {
    return downTimes;
  }

  Parts parts() {
    return parts;
  }

  /**
   * Starts the thread. After the network has started.
   *
   * @param knowsHeads false while heads may be missing here that were agreed on
   */
  public void start(BooleanSupplier knowsHeads) {
    Thread.ofVirtual().name("auditor").start(() -> work(knowsHeads));
  }

  /** Audits now, on the caller's thread, for one caller at a time. */
  public AuditState audit(boolean repairs) {
    AuditTally fresh = new AuditTally(repairs, parts.clock.millis());
    RepairPace limit = pace();
    tally = fresh;
    pace = limit;
    downTimes.look();
    new Audit(means(), downTimes.liveness(), fresh, limit).run();
    return fresh.state(false, completed, "");
  }

  private Audit.Means means() {
    return new Audit.Means(
        parts.cluster,
        parts.coordinator,
        inspector,
        parts.mover,
        parts.policy,
        parts.copies,
        settings.keysAtOnce(),
        TIMEOUT);
  }

  private RepairPace pace() {
    return new RepairPace(
        settings.bytesPerSecond(),
        parts.nanos,
        bytes -> {
          tally.copiedBytes.addAndGet(bytes);
          parts.meter.count("repair.bytes", bytes);
        });
  }

  /** What {@link RepairMessages.OrderAudit} says; returns at once. */
  AuditState obey(String order) {
    switch (order) {
      case "audit" -> order(Order.LOOK);
      case "repair" -> order(Order.REPAIR);
      case "cancel" -> cancel();
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

  /** A node came or went: soon, and at once unless audits take long and follow each other. */
  private void hasten() {
    lock.lock();
    try {
      isHastened = true;
      dueNanos = Math.min(dueNanos, restedNanos);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void cancel() {
    lock.lock();
    try {
      ordered = Order.NOTHING;
      pace.end();
    } finally {
      lock.unlock();
    }
  }

  public AuditState state() {
    lock.lock();
    try {
      return tally.state(isRunning || ordered != Order.NOTHING, completed, failure);
    } finally {
      lock.unlock();
    }
  }

  /** Of the last audit, for metrics: they say how it stands, and how far the one under way is. */
  public long count(Fault fault) {
    return tally.of(fault);
  }

  private void work(BooleanSupplier knowsHeads) {
    while (true) {
      try {
        Order next = awaitOrder();
        if (next == Order.NOTHING) {
          return;
        }
        boolean repairs = next == Order.REPAIR && knowsHeads.getAsBoolean();
        ended(isSettled(repairs), next);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Whether the next audit may wait for its time. */
  private boolean isSettled(boolean repairs) {
    try {
      AuditState state = audit(repairs);
      if (state.toRepair() > 0 || state.waiting() > 0) {
        log.info(
            "Audit: {} keys, {} under-replicated, {} misplaced, {} unreachable; {} repaired, {}"
                + " failed, {} wait",
            state.keys(),
            state.underReplicated(),
            state.misplaced(),
            state.unreachable(),
            state.repaired(),
            state.failed(),
            state.waiting());
      }
      failed = state.failed() == 0 ? "" : "Some keys could not be repaired; they are tried again.";
      // What was repaired is looked at again, since holders fetch on their own.
      return state.toRepair() == 0 || !repairs;
    } catch (CoordinatorException e) {
      failed = "It broke off, and is tried again: " + e.getMessage();
      log.info("The audit broke off, and is tried again: {}", e.getMessage());
    } catch (RuntimeException e) {
      failed = "It failed, and is tried again; the log of the node has more.";
      log.warn("The audit failed, and is tried again", e);
    }
    return false;
  }

  /** Waits until there is something to do; {@link Order#NOTHING} at the end. */
  private Order awaitOrder() throws InterruptedException {
    lock.lock();
    try {
      while (!isClosed) {
        long left = dueNanos - parts.nanos.getAsLong();
        if (ordered == Order.NOTHING && left <= 0) {
          ordered = Order.REPAIR;
        }
        if (ordered != Order.NOTHING) {
          Order next = ordered;
          ordered = Order.NOTHING;
          isRunning = true;
          isHastened = false;
          begunNanos = parts.nanos.getAsLong();
          return next;
        }
        var _ = changed.await(left, TimeUnit.NANOSECONDS);
      }
      return Order.NOTHING;
    } finally {
      lock.unlock();
    }
  }

  private void ended(boolean isSettled, Order done) {
    lock.lock();
    try {
      isRunning = false;
      completed++;
      failure = failed;
      long every = settings.auditEvery().toNanos();
      retryNanos = isSettled ? RETRY_NANOS_MIN : Math.min(2 * retryNanos, every);
      long now = parts.nanos.getAsLong();
      long rest = AUDIT_SHARE * (now - begunNanos);
      restedNanos = now + Math.min(rest, every);
      long wait = isSettled || pace.isEnded() ? Math.max(rest, every) : Math.min(retryNanos, every);
      long toDeath = downTimes.nanosToNextDeath().orElse(wait);
      dueNanos = isHastened ? restedNanos : now + Math.min(wait, toDeath);
      if (done == Order.REPAIR) {
        parts.meter.count("repair.audits", 1);
      } else {
        parts.meter.count("audit.looks", 1);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread; a key that is being moved may still be. */
  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      pace.end();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
