// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.PreferredHead;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.peer.PeerException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the heads of a key at some nodes, and how versions descend from each other. Blocking. */
final class Sights {
  private static final Logger log = LoggerFactory.getLogger(Sights.class);

  private final Replicas replicas;

  Sights(Replicas replicas) {
    this.replicas = replicas;
  }

  /** What these nodes know; those that cannot be asked know nothing. */
  KeySight of(ObjectKey key, Collection<String> nodes) {
    KeySight sum = KeySight.NOTHING;
    for (String node : nodes) {
      try {
        sum = sum.plus(replicas.of(node).sight(key));
      } catch (PeerException e) {
        log.debug("Cannot ask {} for the heads of {}", node, key, e);
      }
    }
    return sum;
  }

  /** Empty when there is none, or no record of it can be reached. */
  Optional<VersionRecord> head(
      ObjectKey key,
      ReadMode mode,
      Optional<VersionId> confirmed,
      KeySight sight,
      List<String> nodes) {
    Optional<VersionRecord> agreed =
        confirmed
            .flatMap(id -> replicas.findVersion(key, id, nodes))
            .map(version -> version.withState(VersionState.CONFIRMED));
    if (mode == ReadMode.CONFIRMED_ONLY || (mode == ReadMode.PREFERRED && agreed.isPresent())) {
      return agreed;
    }
    return PreferredHead.of(mode, agreed, branches(key, sight, nodes));
  }

  /** The provisional heads: those of which no node that was asked has a successor. */
  List<VersionRecord> branches(ObjectKey key, KeySight sight, List<String> nodes) {
    List<VersionRecord> found = new ArrayList<>();
    Set<VersionId> succeeded = new HashSet<>();
    for (VersionId id : sight.branches()) {
      Optional<VersionRecord> version = replicas.findKept(key, id, nodes);
      if (version.isPresent() && version.get().state() == VersionState.PROVISIONAL) {
        found.add(version.get());
        succeeded.addAll(version.get().parents());
      }
    }
    found.removeIf(version -> succeeded.contains(version.id()));
    return found;
  }

  /**
   * Whether versions that nobody agreed on may begin a key: where there is no head, a deletion may
   * be forgotten, and somebody must vouch for each that it is not what was deleted.
   *
   * @param open what would be agreed on
   */
  boolean mayBegin(
      ObjectKey key, Optional<VersionId> head, List<VersionRecord> open, List<String> nodes) {
    return head.isPresent()
        || open.stream().allMatch(one -> replicas.isVouchedFor(key, one.id(), nodes));
  }

  /** How a version with these parents descends from the confirmed head. */
  Lineage.Path path(
      ObjectKey key, SortedSet<VersionId> parents, Optional<VersionId> head, List<String> nodes) {
    return Lineage.from(parents, head, id -> replicas.findKept(key, id, nodes));
  }
}
