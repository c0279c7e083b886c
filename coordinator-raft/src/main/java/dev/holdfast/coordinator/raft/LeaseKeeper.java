// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.Question.Reply;
import dev.holdfast.coordinator.raft.Question.Status;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The leader's side of node leases (R3). Deadlines live in memory, on the monotonic clock, for one
 * term: a new leader begins with a full TTL for everybody. A renewal counts only after a round of
 * {@link LeaderProof} that began after it arrived. Once the end of a lease was submitted, it is not
 * renewed any more in this term.
 */
final class LeaseKeeper implements AutoCloseable {
  private static final long TICK_MILLIS = 50;

  private final RaftLink link;
  private final LeaderProof leaderProof;
  private final AppliedIndex applied;
  private final KeyTable table;
  private final Proposer proposer;
  private final Fatality fatality;
  private final LongSupplier nanos;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Long> deadlines = new HashMap<>();
  private final Set<Long> ending = new HashSet<>();
  private long term = -1;
  private volatile boolean closed;

  LeaseKeeper(
      RaftLink link,
      LeaderProof leaderProof,
      AppliedIndex applied,
      KeyTable table,
      Proposer proposer,
      Fatality fatality,
      LongSupplier nanos) {
    this.link = link;
    this.leaderProof = leaderProof;
    this.applied = applied;
    this.table = table;
    this.proposer = proposer;
    this.fatality = fatality;
    this.nanos = nanos;
    this.thread =
        Thread.ofPlatform().name("raft-leases-" + link.self()).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  CompletableFuture<Reply> renew(long lease) {
    long arrived = nanos.getAsLong();
    return leaderProof
        .prove()
        .thenCompose(
            proof -> applied.reach(proof.index()).thenApply(_ -> extend(lease, arrived, proof)));
  }

  private Reply extend(long lease, long arrived, LeaderProof.Proof proof) {
    TableMeta.Lease open = table.leases().get(lease);
    lock.lock();
    try {
      if (!adopt(proof.term()) || ending.contains(lease)) {
        return Reply.NOT_PROVEN;
      }
      if (open == null) {
        return new Reply(Status.LEASE_GONE, proof.index(), 0);
      }
      long until = arrived + TimeUnit.MILLISECONDS.toNanos(open.ttlMillis());
      deadlines.merge(lease, until, (old, later) -> later - old > 0 ? later : old);
      return new Reply(Status.OK, proof.index(), table.position().revision());
    } finally {
      lock.unlock();
    }
  }

  /** False when this keeper already serves a later term. */
  private boolean adopt(long newTerm) {
    if (newTerm > term) {
      term = newTerm;
      deadlines.clear();
      ending.clear();
    }
    return newTerm == term;
  }

  private void run() {
    try {
      while (!closed) {
        Thread.sleep(TICK_MILLIS);
        tick();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      fatality.report("The keeper of leases has failed", e);
    }
  }

  private void tick() {
    long current = link.division().getInfo().getCurrentTerm();
    if (!link.isReadyLeader() || link.division().getInfo().getCurrentTerm() != current) {
      return;
    }
    Map<Long, TableMeta.Lease> open = table.leases();
    Set<Long> overdue = new HashSet<>();
    long now = nanos.getAsLong();
    lock.lock();
    try {
      if (!adopt(current)) {
        return;
      }
      deadlines.keySet().retainAll(open.keySet());
      ending.retainAll(open.keySet());
      open.forEach((id, lease) -> {
        long full = now + TimeUnit.MILLISECONDS.toNanos(lease.ttlMillis());
        if (now - deadlines.computeIfAbsent(id, _ -> full) > 0 && ending.add(id)) {
          overdue.add(id);
        }
      });
    } finally {
      lock.unlock();
    }
    overdue.forEach(lease -> end(lease, current));
  }

  private void end(long lease, long submittedTerm) {
    try {
      var _ =
          proposer
              .submit(new Command.ExpireLease(lease, submittedTerm))
              .whenComplete((_, failure) -> {
                if (failure != null) {
                  mayEndAgain(lease);
                }
              });
    } catch (UnavailableException _) {
      // Never submitted: the next tick tries again.
      mayEndAgain(lease);
    }
  }

  private void mayEndAgain(long lease) {
    lock.lock();
    try {
      ending.remove(lease);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
