// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.CommitResult.Committed;
import dev.holdfast.spi.coordinator.CommitResult.Conflict;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.support.LocalLease;
import dev.holdfast.spi.system.Deadline;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Commits: judges the conditions on what is known, and if they hold sends it all as one {@code
 * multi} that fails unless the known still is so. A refusal is answered only on what was proven
 * after the call (R4). A conflict that was only a neighbour in the bucket, or old knowledge, is
 * tried again here. Thread-safe, and owns nothing that changes.
 */
final class Committer {
  private final ZkPaths paths;
  private final ZkLink link;
  private final Mirror mirror;
  private final ColdHeads heads;
  private final Lookup lookup;
  private final ReadBarrier barrier;
  private final PlanSender sender;
  private final LocalLease lease;
  private final Meter meter;
  private final int dataVersionMax;

  Committer(
      ZkPaths paths,
      ZkLink link,
      Mirror mirror,
      ColdHeads heads,
      Lookup lookup,
      ReadBarrier barrier,
      PlanSender sender,
      LocalLease lease,
      Meter meter,
      int dataVersionMax) {
    this.paths = paths;
    this.link = link;
    this.mirror = mirror;
    this.heads = heads;
    this.lookup = lookup;
    this.barrier = barrier;
    this.sender = sender;
    this.lease = lease;
    this.meter = meter;
    this.dataVersionMax = dataVersionMax;
  }

  private static Set<EntryKey> keys(Transaction transaction) {
    Set<EntryKey> keys = new LinkedHashSet<>();
    transaction.conditions().forEach(condition -> keys.add(condition.key()));
    transaction.changes().forEach(change -> keys.add(change.key()));
    return keys;
  }

  CommitResult commit(Transaction transaction, Deadline deadline) throws InterruptedException {
    Set<EntryKey> keys = keys(transaction);
    boolean proven = false;
    while (true) {
      ZkSession session = link.usable(deadline);
      Map<EntryKey, Known> known;
      try {
        known = proven ? lookup.anew(keys, session, deadline) : lookup.of(keys, session, deadline);
      } catch (UnavailableException e) {
        Waiting.requireTime(deadline, e);
        continue;
      }
      Revisions revisions = mirror.revisions();
      Transaction asked = revisions.asked(transaction);
      List<Observation> failed = failed(asked.conditions(), known);
      if (!failed.isEmpty()) {
        if (proven) {
          return new Conflict(link.revisions(deadline).told(failed));
        }
        barrier.pass(deadline);
        refresh(keys);
        proven = true;
        continue;
      }
      Plan plan = Plan.of(asked, known, revisions, leaseFor(transaction), paths, dataVersionMax);
      Attempt attempt =
          transaction.changes().isEmpty()
              ? sender.check(session, plan, deadline)
              : sender.change(session, plan, deadline);
      switch (attempt) {
        case Attempt.Done(long zxid) -> {
          return new Committed(mirror.revisions().revision(zxid));
        }
        case Attempt.Refused _ -> {
          meter.count("zookeeper.commit.retries", 1);
          refresh(keys);
          proven = true;
        }
        case Attempt.Nothing _ -> {
          refresh(keys);
          proven = false;
        }
      }
      Waiting.requireTime(deadline, null);
    }
  }

  /** What may be old of cold keys is read again. */
  private void refresh(Set<EntryKey> keys) {
    keys.forEach(heads::forget);
  }

  private static List<Observation> failed(List<Condition> conditions, Map<EntryKey, Known> known) {
    Set<EntryKey> failed = new LinkedHashSet<>();
    for (Condition condition : conditions) {
      if (!Known.in(known, condition.key()).holds(condition)) {
        failed.add(condition.key());
      }
    }
    return failed.stream().map(key -> Known.in(known, key).observation()).toList();
  }

  private long leaseFor(Transaction transaction) {
    if (!transaction.isLeased()) {
      return 0;
    }
    long id = lease.id();
    if (id == 0 || lease.state() == NodeLease.State.LOST || !mirror.isLeaseLive(id)) {
      throw new UnavailableException("This node has no lease now");
    }
    return id;
  }

  /** Removes what ended with a lease. Another node may be faster. */
  void sweep(List<Cell> ended, Deadline deadline) throws InterruptedException {
    for (Cell cell : ended) {
      ZkSession session = link.usable(deadline);
      Known known = Known.in(lookup.of(List.of(cell.key()), session, deadline), cell.key());
      Cell there = known.cell();
      if (there != null && there.zxid() == cell.zxid() && !known.isAlive()) {
        sender.change(session, Plan.sweep(known, mirror.revisions(), paths), deadline);
      }
    }
  }
}
