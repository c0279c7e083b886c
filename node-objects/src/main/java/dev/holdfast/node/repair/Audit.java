// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.RepairPlanner;
import dev.holdfast.core.replication.RepairPlanner.Copy;
import dev.holdfast.core.replication.RepairPlanner.Finding;
import dev.holdfast.core.replication.RepairPlanner.Liveness;
import dev.holdfast.core.replication.RepairPlanner.Repair;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.ReplicaMover;
import dev.holdfast.node.repair.CopyInspector.Subject;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.placement.Rendezvous;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One walk over all heads: of those that this node is responsible for it asks the holders, decides,
 * and repairs. For one thread; the repairs of a page run on a few more.
 */
final class Audit {
  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  /** Heads that are read at once, and at most asked about in one call. */
  private static final int PAGE = 200;

  private final Means means;
  private final Map<String, Liveness> liveness;
  private final AuditTally tally;
  private final RepairPace pace;

  /**
   * What an audit works with.
   *
   * @param policy guarded: throws nothing
   * @param copies wanted of each object
   */
  record Means(
      ClusterView cluster,
      Coordinator coordinator,
      CopyInspector inspector,
      ReplicaMover mover,
      PlacementPolicy policy,
      int copies,
      int keysAtOnce,
      Duration timeout) {}

  /** A head that this node is responsible for. */
  private record Charge(Subject subject, HeadRecord head) {}

  /**
   * @param pace ends the audit, too
   */
  Audit(Means means, Map<String, Liveness> liveness, AuditTally tally, RepairPace pace) {
    this.means = means;
    this.liveness = Map.copyOf(liveness);
    this.tally = tally;
    this.pace = pace;
  }

  /**
   * @throws CoordinatorException the audit broke off
   */
  void run() {
    List<String> up =
        liveness.entrySet().stream()
            .filter(one -> one.getValue() == Liveness.UP)
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    if (!up.contains(means.cluster.self())) {
      return; // Without the others nothing can be said about them.
    }
    @Nullable EntryKey after = null;
    try (ExecutorService threads =
        Executors.newFixedThreadPool(means.keysAtOnce, Thread.ofVirtual().factory())) {
      do {
        Coordinator.Page page =
            means.coordinator.scan(ObjectKey.ENTRY_PREFIX, after, PAGE, means.timeout);
        List<Charge> charges = new ArrayList<>();
        page.entries().forEach(entry -> charge(entry, up).ifPresent(charges::add));
        audit(charges, threads);
        after = page.next();
      } while (after != null && !pace.isEnded());
    }
  }

  private Optional<Charge> charge(Entry entry, List<String> up) {
    try {
      HeadRecord head = HeadRecord.decode(entry.value());
      ObjectKey key = new ObjectKey(entry.key().value().substring(ObjectKey.ENTRY_PREFIX.length()));
      String auditor =
          RepairPlanner.auditor(head.holders(), Rendezvous.rank(entry.key().value(), up));
      return auditor.equals(means.cluster.self())
          ? Optional.of(new Charge(new Subject(key, head.version()), head))
          : Optional.empty();
    } catch (UnreadableEntryException | IllegalArgumentException e) {
      log.error("The head {} is unreadable", entry.key(), e);
      return Optional.empty();
    }
  }

  private void audit(List<Charge> charges, Executor threads) {
    Map<Charge, Map<String, Copy>> copies = copies(charges);
    ClusterMap map = means.cluster.map();
    List<CompletableFuture<?>> repairs = new ArrayList<>();
    for (Charge charge : charges) {
      Finding finding =
          RepairPlanner.plan(
              new RepairPlanner.Situation(
                  charge.subject.key().value(),
                  map,
                  liveness,
                  charge.head.holders(),
                  copies.getOrDefault(charge, Map.of()),
                  means.copies),
              means.policy);
      tally.found(finding, charge.head.sizeBytes());
      if (tally.repairs) {
        repairs.add(CompletableFuture.runAsync(() -> repair(charge, finding.repair()), threads));
      }
    }
    repairs.forEach(CompletableFuture::join);
  }

  /** One call to each holder, about all of its keys. */
  private Map<Charge, Map<String, Copy>> copies(List<Charge> charges) {
    Map<String, List<Charge>> byHolder = new LinkedHashMap<>();
    for (Charge charge : charges) {
      for (String holder : new TreeSet<>(charge.head.holders())) {
        if (liveness.get(holder) == Liveness.UP) {
          byHolder.computeIfAbsent(holder, _ -> new ArrayList<>()).add(charge);
        }
      }
    }
    Map<Charge, Map<String, Copy>> copies = new HashMap<>();
    byHolder.forEach((holder, some) -> {
      List<Copy> said =
          means.inspector.inspect(holder, some.stream().map(Charge::subject).toList());
      for (int i = 0; i < some.size(); i++) {
        copies.computeIfAbsent(some.get(i), _ -> new HashMap<>()).put(holder, said.get(i));
      }
    });
    return copies;
  }

  private void repair(Charge charge, Repair repair) {
    if (pace.isEnded()) {
      return;
    }
    ObjectKey key = charge.subject.key();
    switch (repair) {
      case Repair.Nothing _ -> {}
      case Repair.Wait wait -> log.debug("{} stays as it is: {}", key, wait.why());
      case Repair.Fetch fetch -> {
        fetch
            .lacking()
            .forEach((holder, versions) ->
                versions.forEach(version -> means.mover.hold(holder, key, version)));
        tally.repaired.incrementAndGet();
      }
      case Repair.Move move -> {
        boolean isDone = isMoved(new ReplicaMover.Move(key, move.leaving(), move.joining()));
        (isDone ? tally.repaired : tally.failed).incrementAndGet();
      }
    }
  }

  private boolean isMoved(ReplicaMover.Move move) {
    try {
      return means.mover.repair(move, pace);
    } catch (CoordinatorException e) {
      log.info("{} is not repaired yet: {}", move.key(), e.getMessage());
      return false;
    } catch (RuntimeException e) {
      log.warn("The repair of {} failed", move.key(), e);
      return false;
    }
  }
}
