// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.ObjectMessages.ListQuarantine;
import dev.holdfast.node.object.ObjectMessages.QuarantineListed;
import dev.holdfast.node.object.ObjectMessages.QuarantineSettled;
import dev.holdfast.node.object.ObjectMessages.SettleQuarantine;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.DeletionLog;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions that nodes set aside, and what an operator decides about them. Blocking,
 * thread-safe.
 */
final class Quarantine {
  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

  /** A node names at most so many; more follow when those were settled. */
  private static final int LISTED_MAX = 1_000;

  private final Means means;

  /**
   * @param onReleased wakes whoever confirms
   */
  record Means(
      ClusterView cluster,
      Agreement agreement,
      Placement placement,
      Replicas replicas,
      NodeStore records,
      StoreStart start,
      DeletionLog deletions,
      PeerNetwork network,
      Duration timeout,
      Runnable onReleased) {}

  /** Registers the handlers, so before the network starts. */
  Quarantine(Means means) {
    this.means = means;
    means.network.serve(ListQuarantine.class, (_, request) -> local(request.prefix()));
    means.network.serve(
        SettleQuarantine.class,
        (_, request) ->
            new QuarantineSettled(
                settleHere(
                        new ObjectKey(request.key()),
                        new VersionId(request.version()),
                        request.release())
                    .map(VersionId::value)
                    .orElse("")));
  }

  /** What an operator does with a version. */
  enum Verdict {
    /** It becomes an ordinary provisional version: confirmed, or a branch. */
    RELEASE,
    /** It is deleted for good. */
    DROP
  }

  /**
   * @param node where it is
   */
  record SetAside(String node, ObjectKey key, VersionSummary version) {}

  /**
   * @param unreachable nodes that could not be asked
   */
  record Listing(List<SetAside> versions, List<String> unreachable) {}

  Listing list(String prefix) {
    List<SetAside> found = new ArrayList<>();
    List<String> unreachable = new ArrayList<>();
    for (ClusterMap.Node node : means.cluster.map().nodes()) {
      try {
        QuarantineListed listed = ask(node.id(), prefix);
        for (int i = 0; i < listed.keys().size(); i++) {
          found.add(
              new SetAside(
                  node.id(), new ObjectKey(listed.keys().get(i)), listed.versions().get(i)));
        }
      } catch (PeerException e) {
        log.debug("Cannot ask {} what it has set aside", node.id(), e);
        unreachable.add(node.id());
      }
    }
    return new Listing(found, unreachable);
  }

  private QuarantineListed ask(String node, String prefix) {
    return node.equals(means.cluster.self())
        ? local(prefix)
        : means.network.call(node, new ListQuarantine(prefix), means.timeout);
  }

  private QuarantineListed local(String prefix) {
    List<String> keys = new ArrayList<>();
    List<VersionSummary> versions = new ArrayList<>();
    for (VersionRecord version : means.records.quarantine().list(Optional.empty(), LISTED_MAX)) {
      if (version.key().value().startsWith(prefix)) {
        keys.add(version.key().value());
        versions.add(LocalReplica.summary(version));
      }
    }
    return new QuarantineListed(keys, versions);
  }

  /**
   * Settles a version wherever it is set aside. A release gives it a new id when what it rested on
   * is forgotten. Empty when no node that answers has it.
   */
  Optional<VersionId> settle(ObjectKey key, VersionId id, Verdict verdict) {
    Optional<VersionId> settled = Optional.empty();
    boolean isRelease = verdict == Verdict.RELEASE;
    for (ClusterMap.Node node : means.cluster.map().nodes()) {
      // One release is enough: then the other copies of it are dropped.
      boolean releases = isRelease && settled.isEmpty();
      try {
        Optional<VersionId> here = settleAt(node.id(), key, id, releases);
        settled = settled.isPresent() ? settled : here;
      } catch (PeerException e) {
        log.debug("Cannot settle {} of {} at {}", id, key, node.id(), e);
      }
    }
    return settled;
  }

  private Optional<VersionId> settleAt(
      String node, ObjectKey key, VersionId id, boolean isRelease) {
    if (node.equals(means.cluster.self())) {
      return settleHere(key, id, isRelease);
    }
    String settled =
        means
            .network
            .call(node, new SettleQuarantine(key.value(), id.value(), isRelease), means.timeout)
            .version();
    return Optional.of(settled).filter(text -> !text.isEmpty()).map(VersionId::new);
  }

  private Optional<VersionId> settleHere(ObjectKey key, VersionId id, boolean isRelease) {
    Optional<VersionRecord> kept = means.records.quarantine().get(key, id);
    if (kept.isEmpty()) {
      return Optional.empty();
    }
    if (isRelease) {
      return Optional.of(release(kept.get(), id));
    }
    means.deletions.write(
        "drop", LocalReplica.quoted(key) + "@" + id, kept.get().sizeBytes(), "by an operator");
    return means.records.quarantine().drop(key, id) ? Optional.of(id) : Optional.empty();
  }

  private VersionId release(VersionRecord kept, VersionId id) {
    ObjectKey key = kept.key();
    Observation observed = means.agreement.observe(key);
    Optional<HeadRecord> head = Agreement.head(observed);
    boolean isInLine = isInLine(kept, head);
    VersionRecord next = isInLine ? kept : asRoot(kept, head, observed);
    VersionId nextId = isInLine ? id : next.id();
    List<String> holders =
        head.map(HeadRecord::holders)
            .orElseGet(() -> means.placement.plan(key, List.of(), Set.of()).holders());
    List<Intent> intents =
        holders.stream()
            .filter(node -> !node.equals(means.cluster.self()))
            .map(node -> Intent.asFound(node, key, nextId))
            .toList();
    means.records.branches().release(kept, nextId, next, intents);
    means.onReleased.run();
    return nextId;
  }

  /** Whether all that it rests on is known still. */
  private boolean isInLine(VersionRecord kept, Optional<HeadRecord> head) {
    return head.isPresent()
        && new Sights(means.replicas)
                .path(
                    kept.key(), kept.parents(), head.map(HeadRecord::version), head.get().holders())
                .descent()
            != Lineage.Descent.UNKNOWN;
  }

  private VersionRecord asRoot(
      VersionRecord kept, Optional<HeadRecord> head, Observation observed) {
    means.start.ensureCounted();
    long reaped =
        head.isPresent()
            ? ReapingHorizon.of(means.agreement.horizon()).reapedRevision()
            : means.agreement.lastReaping(observed);
    return kept.asRoot(means.records.nextDot(), reaped);
  }
}
