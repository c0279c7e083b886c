// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.replication.WritePlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.cluster.Removal;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the copies of a node that leaves to others: first all versions of a key are copied, then
 * the head names the new replicas, in one commit that a concurrent write makes fail. The only place
 * that takes a replica away (R24). A copy of a node that is up goes only when all that are wanted
 * of the others are whole.
 */
final class ReplicaMover {
  private static final Logger log = LoggerFactory.getLogger(ReplicaMover.class);
  private static final int PAGE = 500;
  private static final int PULL_MAX = 16;

  /** A key with more versions stays where it is. */
  private static final int VERSIONS_MAX = 100_000;

  /** How long one call begins to move keys; then it says how many are left. */
  private static final Duration WORK = Duration.ofSeconds(5);

  /** Keys that are moved at the same time: each waits for disks and for agreement. */
  private static final int MOVES_AT_ONCE = 8;

  private final Coordinator coordinator;
  private final Agreement agreement;
  private final Placement placement;
  private final Replicas replicas;
  private final Duration timeout;
  private final LongSupplier nanos;

  ReplicaMover(
      Coordinator coordinator,
      Agreement agreement,
      Placement placement,
      Replicas replicas,
      Duration timeout,
      LongSupplier nanos) {
    this.coordinator = coordinator;
    this.agreement = agreement;
    this.placement = placement;
    this.replicas = replicas;
    this.timeout = timeout;
    this.nanos = nanos;
  }

  /**
   * Moves some copies off a node that is {@link ClusterMap.State#DRAINING}. Repeatable; nothing is
   * removed from its disk.
   *
   * @throws dev.holdfast.spi.coordinator.UnavailableException to be asked again
   */
  Removal.Drained drain(String nodeId) {
    Deadline end = Deadline.after(WORK, nanos);
    long moved = 0;
    long left = 0;
    @Nullable EntryKey after = null;
    try (ExecutorService movers =
        Executors.newFixedThreadPool(MOVES_AT_ONCE, Thread.ofVirtual().factory())) {
      do {
        Coordinator.Page page = coordinator.scan(ObjectKey.ENTRY_PREFIX, after, PAGE, timeout);
        List<CompletableFuture<Boolean>> moves =
            page.entries().stream()
                .filter(entry -> HeadRecord.decode(entry.value()).holders().contains(nodeId))
                .map(ReplicaMover::key)
                .map(key ->
                    CompletableFuture.supplyAsync(
                        () -> !end.hasPassed() && move(key, nodeId), movers))
                .toList();
        long done = moves.stream().filter(ReplicaMover::outcome).count();
        moved += done;
        left += moves.size() - done;
        after = page.next();
      } while (after != null);
    }
    return new Removal.Drained(moved, left);
  }

  private static boolean outcome(CompletableFuture<Boolean> move) {
    try {
      return move.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static ObjectKey key(Entry entry) {
    return new ObjectKey(entry.key().value().substring(ObjectKey.ENTRY_PREFIX.length()));
  }

  private boolean move(ObjectKey key, String nodeId) {
    try {
      Observation observed = agreement.observe(key);
      Optional<HeadRecord> head = Agreement.head(observed);
      return head.isEmpty()
          || !head.get().holders().contains(nodeId)
          || move(key, observed, head.get(), nodeId);
    } catch (PeerException | ObjectException | DiskFullException e) {
      log.warn("The copy of {} stays on {} for now: {}", key, nodeId, e.getMessage());
      return false;
    }
  }

  private boolean move(ObjectKey key, Observation observed, HeadRecord head, String nodeId) {
    List<String> staying = WritePlanner.without(head.holders(), Set.of(nodeId));
    WritePlan plan = placement.planMove(key, staying, nodeId);
    if (!plan.isPossible() || plan.holders().contains(nodeId)) {
      return false;
    }
    // Only what has every version counts; those that are down are not asked to vouch.
    List<String> complete = new ArrayList<>();
    for (String target : plan.targets()) {
      if (copyAll(key, observed, head, target)) {
        complete.add(target);
      }
    }
    if (complete.size() < wholeWanted(plan, nodeId)) {
      return false;
    }
    HeadRecord next =
        new HeadRecord(
            head.version(),
            head.sizeBytes(),
            head.deleted(),
            placement.policyName(),
            plan.epoch(),
            plan.copiesWanted(),
            plan.holders(),
            complete,
            head.memory());
    Transaction transaction =
        new Transaction(
            plan.conditions(complete, observed),
            List.of(new Change.Put(key.entry(), next.encode())));
    return switch (agreement.commit(key, transaction)) {
      case CommitResult.Committed committed -> {
        List<String> behind = WritePlanner.without(plan.holders(), Set.copyOf(complete));
        for (String target : complete) {
          replicas.of(target).confirm(key, head.version(), committed.revision(), behind);
        }
        yield true;
      }
      case CommitResult.Conflict _ -> false;
    };
  }

  /**
   * While the node is up its copy counts, and goes only for as many whole ones as the policy wants:
   * a majority of them would be one copy fewer than before. When it is down that copy is of no use,
   * and as many as the others can hold now are enough: else two dead nodes could never be removed.
   */
  private int wholeWanted(WritePlan plan, String leaving) {
    int wanted = plan.copiesWanted();
    return placement.isHealthy(leaving)
        ? wanted
        : Math.max(plan.quorum(), Math.min(wanted, plan.targets().size()));
  }

  /** All confirmed versions of a key, oldest or newest first: the head comes last. */
  private boolean copyAll(ObjectKey key, Observation observed, HeadRecord head, String target) {
    Replica replica = replicas.of(target);
    Set<String> ids = new TreeSet<>();
    boolean asked = false;
    for (String source : head.holders()) {
      try {
        replicas.of(source).versions(key, VERSIONS_MAX).stream()
            .filter(version -> version.state().equals(VersionState.CONFIRMED.label()))
            .map(VersionSummary::version)
            .forEach(ids::add);
        asked = true;
      } catch (PeerException e) {
        log.debug("Cannot ask {} for the versions of {}", source, key, e);
      }
    }
    if (ids.size() >= VERSIONS_MAX) {
      log.error("{} has too many versions to be moved", key);
      return false;
    }
    ids.remove(head.version().value());
    for (String id : ids) {
      if (!copy(key, new VersionId(id), 0, head, replica)) {
        return false;
      }
    }
    long revision = observed.entry() == null ? 0 : observed.entry().revision();
    return asked && copy(key, head.version(), revision, head, replica);
  }

  private boolean copy(
      ObjectKey key, VersionId id, long revision, HeadRecord head, Replica target) {
    Optional<VersionRecord> version = target.version(key, id);
    if (version.isEmpty()) {
      version = replicas.findVersion(key, id, head.holders());
    }
    if (version.isEmpty()) {
      return false;
    }
    List<ChunkRef> chunks = version.get().chunks();
    for (int at = 0; at < chunks.size(); at += PULL_MAX) {
      List<ChunkRef> some = chunks.subList(at, Math.min(at + PULL_MAX, chunks.size()));
      if (!target.pull(some, head.holders()).isEmpty()) {
        return false;
      }
    }
    return target.stage(version.get()) && target.confirm(key, id, revision, List.of());
  }
}
