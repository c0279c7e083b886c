// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.RepairPlanner.Fault;
import dev.holdfast.core.replication.RepairPlanner.Finding;
import dev.holdfast.core.replication.RepairPlanner.Repair;
import dev.holdfast.node.repair.RepairMessages.AuditState;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What one audit has found and done so far. Written by its threads, read by any. */
final class AuditTally {
  static final AuditTally NONE = new AuditTally(false, 0);

  final boolean repairs;
  final long begunAtMillis;
  final AtomicLong keys = new AtomicLong();
  final AtomicLong waiting = new AtomicLong();
  final AtomicLong toRepair = new AtomicLong();
  final AtomicLong toCopyBytes = new AtomicLong();
  final AtomicLong repaired = new AtomicLong();
  final AtomicLong failed = new AtomicLong();
  final AtomicLong copiedBytes = new AtomicLong();
  private final Map<Fault, AtomicLong> faults = new EnumMap<>(Fault.class);

  AuditTally(boolean repairs, long begunAtMillis) {
    this.repairs = repairs;
    this.begunAtMillis = begunAtMillis;
    for (Fault fault : Fault.values()) {
      faults.put(fault, new AtomicLong());
    }
  }

  /**
   * @param sizeBytes of the head
   */
  void found(Finding finding, long sizeBytes) {
    keys.incrementAndGet();
    finding.faults().forEach(fault -> count(fault).incrementAndGet());
    switch (finding.repair()) {
      case Repair.Nothing _ -> {}
      case Repair.Wait _ -> waiting.incrementAndGet();
      case Repair.Fetch _ -> toRepair.incrementAndGet();
      case Repair.Move move -> {
        toRepair.incrementAndGet();
        toCopyBytes.addAndGet(
            sizeBytes * Math.max(1, Math.max(move.leaving().size(), move.joining().size())));
      }
    }
  }

  long of(Fault fault) {
    return count(fault).get();
  }

  private AtomicLong count(Fault fault) {
    AtomicLong count = faults.get(fault);
    if (count == null) {
      throw new IllegalStateException(fault.toString());
    }
    return count;
  }

  AuditState state(boolean running, long completed, String failure) {
    return new AuditState(
        running,
        repairs,
        completed,
        begunAtMillis,
        keys.get(),
        of(Fault.UNDER_REPLICATED),
        of(Fault.OVER_REPLICATED),
        of(Fault.MISPLACED),
        of(Fault.UNREACHABLE),
        waiting.get(),
        toRepair.get(),
        repaired.get(),
        failed.get(),
        copiedBytes.get(),
        toCopyBytes.get(),
        failure);
  }
}
