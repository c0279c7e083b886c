// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.replication.WritePlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the copies of nodes that leave or died to others: first all versions of a key are copied,
 * then the head names the new replicas, in one commit that a concurrent write makes fail. Beside
 * {@link CopyRemover} the only place that takes a replica away (R24). A copy of a node that is up
 * goes only when all that are wanted of the others are whole. Thread-safe; blocking.
 */
public final class ReplicaMover {
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

  /** Sets the pace of copies. */
  @FunctionalInterface
  public interface Throttle {
    Throttle NONE = _ -> true;

    /** Waits until so many bytes may be copied; false ends the move, with nothing changed. */
    boolean admit(long bytes);
  }

  /**
   * How the holders of one key change: add, then remove.
   *
   * @param leaving holders whose copies go
   * @param joining nodes that get one, beside those that the policy picks for what is missing
   */
  public record Move(ObjectKey key, Set<String> leaving, List<String> joining) {
    public Move {
      leaving = Set.copyOf(leaving);
      joining = List.copyOf(joining);
    }
  }

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
                        () -> !end.hasPassed() && drain(key, nodeId), movers))
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

  private boolean drain(ObjectKey key, String nodeId) {
    try {
      // A stand-in for each copy that is down, too: what leaves is a copy that is whole.
      return move(new Move(key, Set.of(nodeId), List.of()), placement::planMove, Throttle.NONE);
    } catch (PeerException | ObjectException | DiskFullException e) {
      log.warn("The copy of {} stays on {} for now: {}", key, nodeId, e.getMessage());
      return false;
    }
  }

  /**
   * Repairs one key after nodes were lost, or its copies stand wrong. Repeatable.
   *
   * @return false when it stays as it is for now: too few copies are whole, the head moved
   * @throws dev.holdfast.spi.coordinator.CoordinatorException to be asked again
   */
  public boolean repair(Move move, Throttle throttle) {
    try {
      return move(move, placement::plan, throttle);
    } catch (PeerException | ObjectException | DiskFullException e) {
      log.info("{} is not repaired yet: {}", move.key, e.getMessage());
      return false;
    }
  }

  /** Queues a version at a holder that lacks it: the holder fetches it. */
  public void hold(String nodeId, ObjectKey key, VersionId version) {
    try {
      replicas.of(nodeId).hold(key, version, true);
    } catch (PeerException e) {
      log.debug("{} does not learn that it lacks {}", nodeId, key, e);
    }
  }

  /** Where the copies of a key go, from those that stay and without those that leave. */
  @FunctionalInterface
  private interface Planning {
    WritePlan plan(ObjectKey key, List<String> staying, Set<String> leaving);
  }

  private boolean move(Move move, Planning planning, Throttle throttle) {
    Observation observed = agreement.observe(move.key);
    Optional<HeadRecord> head = Agreement.head(observed);
    if (head.isEmpty() || isMade(move, head.get())) {
      return true;
    }
    List<String> staying =
        new ArrayList<>(WritePlanner.without(head.get().holders(), move.leaving));
    move.joining.stream().filter(node -> !staying.contains(node)).forEach(staying::add);
    WritePlan plan = planning.plan(move.key, staying, move.leaving);
    return move(move, plan, observed, head.get(), throttle);
  }

  private static boolean isMade(Move move, HeadRecord head) {
    return !(move.leaving.isEmpty() && move.joining.isEmpty())
        && move.leaving.stream().noneMatch(head.holders()::contains)
        && head.holders().containsAll(move.joining);
  }

  private boolean move(
      Move move, WritePlan plan, Observation observed, HeadRecord head, Throttle throttle) {
    ObjectKey key = move.key;
    if (!plan.isPossible() || move.leaving.stream().anyMatch(plan.holders()::contains)) {
      return false;
    }
    List<String> sources = placement.healthyFirst(head.holders());
    // Only what has every version counts; those that are down are not asked to vouch.
    List<String> complete = new ArrayList<>();
    for (String target : plan.targets()) {
      Copying copying = new Copying(key, sources, replicas.of(target), throttle);
      if (copyAll(copying, observed, head)) {
        complete.add(target);
      }
    }
    if (complete.size() < wholeWanted(plan, move.leaving) || !complete.containsAll(move.joining)) {
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
  private int wholeWanted(WritePlan plan, Set<String> leaving) {
    int wanted = plan.copiesWanted();
    return leaving.stream().anyMatch(placement::isHealthy)
        ? wanted
        : Math.max(plan.quorum(), Math.min(wanted, plan.targets().size()));
  }

  /**
   * The copies of one key on their way to one node.
   *
   * @param sources who has them, those that are up first
   */
  private record Copying(ObjectKey key, List<String> sources, Replica target, Throttle throttle) {}

  /** All retained versions of a key, branches too (R24): the head comes last. */
  private boolean copyAll(Copying copying, Observation observed, HeadRecord head) {
    Map<VersionId, Boolean> isAgreed = new TreeMap<>();
    boolean asked = false;
    for (String source : copying.sources) {
      try {
        for (VersionSummary version : replicas.of(source).versions(copying.key, VERSIONS_MAX)) {
          isAgreed.merge(new VersionId(version.version()), version.isAgreed(), Boolean::logicalOr);
        }
        asked = true;
      } catch (PeerException e) {
        log.debug("Cannot ask {} for the versions of {}", source, copying.key, e);
      }
    }
    if (isAgreed.size() >= VERSIONS_MAX) {
      log.error("{} has too many versions to be moved", copying.key);
      return false;
    }
    isAgreed.remove(head.version());
    for (Map.Entry<VersionId, Boolean> version : isAgreed.entrySet()) {
      if (!copy(copying, version.getKey())
          || !keep(copying, version.getKey(), version.getValue())) {
        return false;
      }
    }
    long revision = observed.entry() == null ? 0 : observed.entry().revision();
    return asked
        && copy(copying, head.version())
        && copying.target.confirm(copying.key, head.version(), revision, List.of());
  }

  /** In the state in which the others have it. */
  private static boolean keep(Copying copying, VersionId id, boolean isAgreed) {
    return isAgreed
        ? copying.target.confirm(copying.key, id, 0, List.of())
        : copying.target.accept(copying.key, id);
  }

  private boolean copy(Copying copying, VersionId id) {
    Replica target = copying.target;
    Optional<VersionRecord> version = target.version(copying.key, id);
    boolean isNew = version.isEmpty();
    if (isNew) {
      version = replicas.findVersion(copying.key, id, copying.sources);
    }
    if (version.isEmpty()) {
      return false;
    }
    List<ChunkRef> chunks = version.get().chunks();
    for (int at = 0; at < chunks.size(); at += PULL_MAX) {
      List<ChunkRef> some = chunks.subList(at, Math.min(at + PULL_MAX, chunks.size()));
      long bytes = isNew ? some.stream().mapToLong(ChunkRef::length).sum() : 0;
      if (!copying.throttle.admit(bytes) || !target.pull(some, copying.sources).isEmpty()) {
        return false;
      }
    }
    return target.stage(version.get());
  }
}
