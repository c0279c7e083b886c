// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.store.Branch;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings back together what was written apart. Each branch of this node is sent to the replicas
 * that lack it, and confirmed if it comes after the confirmed head. Any other one is merged by a
 * policy, if there is one for its type; else it stays, and users are notified once. Works by state:
 * a second run changes nothing.
 */
final class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
  private static final int PAGE = 500;

  private final ClusterView cluster;
  private final Agreement agreement;
  private final Placement placement;
  private final Replicas replicas;
  private final Confirmer confirmer;
  private final Merger merger;
  private final NodeStore records;
  private final ConflictListener listener;
  private final Sights sights;

  /** Owned by the thread that runs. */
  private boolean isCertain = true;

  Reconciler(
      ClusterView cluster,
      Agreement agreement,
      Placement placement,
      Replicas replicas,
      Confirmer confirmer,
      Merger merger,
      NodeStore records,
      ConflictListener listener) {
    this.cluster = cluster;
    this.agreement = agreement;
    this.placement = placement;
    this.replicas = replicas;
    this.confirmer = confirmer;
    this.merger = merger;
    this.records = records;
    this.listener = listener;
    this.sights = new Sights(replicas);
  }

  /**
   * Looks at each branch once; returns how many still wait to be confirmed. For one thread.
   *
   * @throws ObjectException.Unavailable while there is no majority
   */
  int runOnce() {
    int waiting = 0;
    isCertain = true;
    Optional<Branch> after = Optional.empty();
    List<Branch> page;
    do {
      page = records.branches().list(after, PAGE);
      for (Branch branch : page) {
        if (isWaiting(branch)) {
          waiting++;
        }
      }
      after = page.isEmpty() ? after : Optional.of(page.getLast());
    } while (page.size() == PAGE);
    return waiting;
  }

  private boolean isWaiting(Branch branch) {
    ObjectKey key = branch.key();
    Observation observed = agreement.observe(key);
    Optional<HeadRecord> head = Agreement.head(observed);
    if (head.isPresent() && isAgreed(branch, head.get())) {
      // A node that is no replica of the key is not told of its commits and merges.
      return !records.confirm(key, branch.version(), null, revision(branch, observed), List.of());
    }
    Optional<VersionRecord> version = records.version(key, branch.version());
    if (version.isEmpty()) {
      return false;
    }
    if (head.isEmpty() && isSetAside(version.get())) {
      return false;
    }
    if (head.isPresent() && Repeats.isRepeatedIn(head.get(), version.get())) {
      // Its answer got lost and the client went elsewhere: it must not conflict with itself.
      records.branches().retire(branch);
      return false;
    }
    Branch spread = spread(branch, head);
    if (!isMine(version.get())) {
      return false;
    }
    try {
      return switch (confirmer.confirm(key, branch.version())) {
        case WriteOutcome.Written _ -> false;
        case WriteOutcome.NotOnHead(ObjectKey _, VersionId now) ->
            isMergeWaiting(spread, version.get(), now);
        case WriteOutcome.Accepted _, WriteOutcome.Refused _ -> true;
      };
    } catch (ObjectException.OutcomeUnknown e) {
      log.debug("Whether {} of {} is settled turns out later", branch.version(), key, e);
      return true;
    }
  }

  /**
   * What rests on a version that was agreed on, where there is no head any more, was made before
   * its key's deletion was forgotten (R25): it is no branch of anything.
   */
  private boolean isSetAside(VersionRecord version) {
    List<String> nodes = List.of(cluster.self());
    Lineage.Path path = sights.path(version.key(), version.parents(), Optional.empty(), nodes);
    if (path.descent() != Lineage.Descent.NO) {
      return false;
    }
    log.warn(
        "{} of {} rests on a deletion that is forgotten: it is set aside, see 'holdfast quarantine'",
        version.id(),
        version.key());
    records.reaped().setAside(path.with(version));
    return true;
  }

  private boolean isAgreed(Branch branch, HeadRecord head) {
    Replicas.Agreed agreed =
        head.version().equals(branch.version())
            ? Replicas.Agreed.YES
            : replicas.agreedAt(branch.key(), branch.version(), head.holders());
    isCertain &= agreed != Replicas.Agreed.UNKNOWN;
    return agreed == Replicas.Agreed.YES;
  }

  /**
   * Whether the last run learnt of each branch if the cluster agreed on it. For the thread that
   * runs.
   */
  boolean wasCertain() {
    return isCertain;
  }

  /** At which the branch became the head; 0 when it is only an ancestor of it. */
  private static long revision(Branch branch, Observation observed) {
    boolean isHead =
        Agreement.head(observed)
            .map(HeadRecord::version)
            .filter(branch.version()::equals)
            .isPresent();
    return isHead && observed.entry() != null ? observed.entry().revision() : 0;
  }

  private boolean isMergeWaiting(Branch branch, VersionRecord version, VersionId head) {
    return switch (merger.merge(version, branch.version())) {
      case Merger.Result.Done _ -> false;
      case Merger.Result.Later _ -> true;
      case Merger.Result.ByHand(String why) -> {
        report(branch, version, head, why);
        yield false;
      }
    };
  }

  /** The node that accepted it; another one when that is gone. */
  private boolean isMine(VersionRecord version) {
    String writer = version.dots().first().nodeId();
    return writer.equals(cluster.self()) || !cluster.healthy().contains(writer);
  }

  /** Sees to it that each replica of the key has the branch. */
  private Branch spread(Branch branch, Optional<HeadRecord> head) {
    List<String> holders =
        head.map(HeadRecord::holders)
            .orElseGet(() -> placement.plan(branch.key(), List.of(), Set.of()).holders());
    Set<String> found = new TreeSet<>();
    List<Intent> lacking = new ArrayList<>();
    for (String node : holders) {
      if (!node.equals(cluster.self()) && !branch.knownAt().contains(node)) {
        if (has(node, branch)) {
          found.add(node);
        } else {
          lacking.add(Intent.asFound(node, branch.key(), branch.version()));
        }
      }
    }
    if (!lacking.isEmpty()) {
      records.enqueue(lacking);
    }
    if (found.isEmpty()) {
      return branch;
    }
    Branch known = branch.knownAt(found);
    records.branches().update(known);
    return known;
  }

  private boolean has(String node, Branch branch) {
    return replicas.findKept(branch.key(), branch.version(), List.of(node)).isPresent();
  }

  /**
   * The node that accepted it tells of it once, also after it was away; others when it has left.
   */
  private boolean isTeller(VersionRecord version) {
    String writer = version.dots().first().nodeId();
    return writer.equals(cluster.self()) || cluster.map().node(writer).isEmpty();
  }

  private void report(Branch branch, VersionRecord version, VersionId head, String reason) {
    if (!branch.isReported() && isTeller(version)) {
      listener.conflict(version, branch.version(), head, reason);
      records.branches().update(branch.reported());
    }
  }
}
