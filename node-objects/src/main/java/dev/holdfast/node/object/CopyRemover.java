// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.cleanup.RetentionPlanner;
import dev.holdfast.core.cleanup.RetentionPlanner.Known;
import dev.holdfast.core.cleanup.SurplusPlanner;
import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.replication.WritePlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the copy of a key from this node when the others do not need it.
 *
 * <pre>
 *   watch the key ── head ── plan ── others whole on disk? ── all that is here is there?
 *        │                                                          │
 *        │             nobody recorded a version meanwhile?  ◄── commit the head without this node,
 *        └──────────── then forget, while none is recorded            if head, map and disks are as
 *                                                                     they were
 * </pre>
 *
 * The commit is also made when the head does not name this node. A node that counted the copy
 * before that, for a head that it has not committed yet, then fails; one that counts it later is
 * noticed by the watch. So no head ever rests on a copy that goes (R23). After a crash between the
 * two the copy is one that no head names, and the next call removes it. For one thread; blocking.
 */
public final class CopyRemover {
  private static final Logger log = LoggerFactory.getLogger(CopyRemover.class);

  /** In one question to a node, which reads them. */
  private static final int CHUNKS_MAX = 16;

  private final LocalStore store;
  private final Agreement agreement;
  private final Placement placement;
  private final Replicas replicas;
  private final String self;
  private volatile Runnable onCommitted = () -> {};

  CopyRemover(LocalStore store, Agreement agreement, Placement placement, Replicas replicas) {
    this.store = store;
    this.agreement = agreement;
    this.placement = placement;
    this.replicas = replicas;
    this.self = placement.cluster().self();
  }

  /** Looks at disks. */
  @FunctionalInterface
  public interface Proof {
    /** Those of these nodes that have all of an object on their disks now. */
    Set<String> whole(ObjectKey key, VersionId head, List<String> nodes);
  }

  /** What became of a copy. */
  public sealed interface Outcome {
    record Removed() implements Outcome {}

    /**
     * @param why it stays for now, in a sentence
     */
    record Kept(String why) implements Outcome {}
  }

  /** For tests: runs after the commit, before anything is removed. */
  void onCommitted(Runnable step) {
    onCommitted = step;
  }

  /** The policy that says where copies have to be; guarded. */
  public PlacementPolicy policy() {
    return placement.policy();
  }

  /** What a policy is asked about a key now. */
  public PlacementPolicy.Request request(ObjectKey key) {
    return new PlacementPolicy.Request(placement.cluster().map(), key.value(), placement.copies());
  }

  /**
   * Repeatable. What it removed stays removed after a crash.
   *
   * @param proof asked just before the copy goes
   */
  public Outcome remove(ObjectKey key, Proof proof) throws InterruptedException {
    try (KeyTouches.Watch watch = replicas.local().touches().watch(key)) {
      return remove(key, proof, watch);
    } catch (PeerException | ObjectException e) {
      log.debug("The copy of {} stays for now", key, e);
      return new Outcome.Kept("Not all nodes that are needed for it answered.");
    }
  }

  private Outcome remove(ObjectKey key, Proof proof, KeyTouches.Watch watch)
      throws InterruptedException {
    Optional<List<Known>> here =
        store.records().retired().known(key, RetentionPlanner.VERSIONS_MAX);
    if (here.isEmpty()
        || here.get().stream().anyMatch(version -> version.state() == VersionState.STAGED)) {
      return new Outcome.Kept("It has too many versions, or one that is damaged or being written.");
    }
    if (!store.records().branches().of(key).isEmpty()) {
      // The node that accepted a branch is the one that settles it.
      return new Outcome.Kept("It has a branch that nobody agreed on.");
    }
    Observation observed = agreement.observe(key);
    Optional<HeadRecord> head = Agreement.head(observed);
    if (head.isEmpty()) {
      return new Outcome.Kept("The cluster has not agreed on any version of it.");
    }
    List<String> others = WritePlanner.without(head.get().holders(), Set.of(self));
    WritePlan plan = placement.plan(key, others, Set.of(self));
    if (others.isEmpty() || !plan.holders().equals(others)) {
      return new Outcome.Kept("The other holders are too few.");
    }
    Set<String> whole = new TreeSet<>(proof.whole(key, head.get().version(), plan.targets()));
    whole.retainAll(plan.targets());
    if (whole.size() < plan.copiesWanted()
        || !SurplusPlanner.isEnough(request(key), whole, policy())) {
      return new Outcome.Kept("Too few other copies are whole, or they are spread badly.");
    }
    if (!isAllThere(key, here.get(), whole)) {
      return new Outcome.Kept("It has versions that another holder lacks.");
    }
    if (!isCommitted(key, head.get(), others, plan, plan.counted(whole), observed)) {
      return new Outcome.Kept("The object or the cluster changed meanwhile.");
    }
    onCommitted.run();
    Set<VersionId> seen = new HashSet<>();
    here.get().forEach(version -> seen.add(version.id()));
    return store.forget(key, seen, () -> !watch.isTouched())
        ? new Outcome.Removed()
        : new Outcome.Kept("Somebody wrote it meanwhile.");
  }

  /** What nobody agreed on must be whole at each, too: a look at the agreed versions misses it. */
  private boolean isAllThere(ObjectKey key, List<Known> here, Set<String> whole) {
    for (String node : whole) {
      Replica replica = replicas.of(node);
      Map<VersionId, VersionSummary> there = new HashMap<>();
      replica
          .versions(key, RetentionPlanner.VERSIONS_MAX)
          .forEach(version -> there.put(new VersionId(version.version()), version));
      for (Known version : here) {
        if (!there.containsKey(version.id())
            || (version.state() != VersionState.CONFIRMED && !isWhole(key, version, replica))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isWhole(ObjectKey key, Known version, Replica replica) {
    return replica
        .version(key, version.id())
        .map(VersionRecord::chunks)
        .filter(chunks -> areThere(chunks, replica))
        .isPresent();
  }

  private static boolean areThere(List<ChunkRef> chunks, Replica replica) {
    for (int at = 0; at < chunks.size(); at += CHUNKS_MAX) {
      List<ChunkRef> some = chunks.subList(at, Math.min(at + CHUNKS_MAX, chunks.size()));
      if (!replica.missing(some).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private boolean isCommitted(
      ObjectKey key,
      HeadRecord head,
      List<String> others,
      WritePlan plan,
      List<String> counted,
      Observation observed) {
    HeadRecord next =
        new HeadRecord(
            head.version(),
            head.sizeBytes(),
            head.deleted(),
            head.policy(),
            plan.epoch(),
            head.copiesWanted(),
            others,
            counted,
            head.memory());
    Transaction move =
        new Transaction(
            plan.conditions(counted, observed),
            List.of(new Change.Put(key.entry(), next.encode())));
    return switch (agreement.commit(key, move)) {
      case CommitResult.Conflict _ -> false;
      case CommitResult.Committed committed -> {
        others.forEach(node -> confirm(node, key, head.version(), committed.revision()));
        yield true;
      }
    };
  }

  /** So that its listing is up to date at once; else its next comparison finds out. */
  private void confirm(String node, ObjectKey key, VersionId version, long revision) {
    try {
      replicas.of(node).confirm(key, version, revision, List.of());
    } catch (PeerException e) {
      log.debug("{} learns later of the head of {}", node, key, e);
    }
  }
}
