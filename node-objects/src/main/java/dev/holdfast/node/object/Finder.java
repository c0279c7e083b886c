// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.object.ObjectReader.Sources;
import dev.holdfast.node.object.ObjectService.Certainty;
import dev.holdfast.node.object.ObjectService.Found;
import dev.holdfast.spi.coordinator.Observation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the version that a reader wants. Blocking. */
final class Finder {
  private final Reach reach;
  private final Agreement agreement;
  private final ObjectReader reader;
  private final Replicas replicas;
  private final Sights sights;
  private final String self;

  Finder(String self, Reach reach, Agreement agreement, ObjectReader reader, Replicas replicas) {
    this.self = self;
    this.reach = reach;
    this.agreement = agreement;
    this.reader = reader;
    this.replicas = replicas;
    this.sights = new Sights(replicas);
  }

  /**
   * One head of an object; empty when there is none, or it is a tombstone. The confirmed one is
   * read linearizably. A node that is cut off answers with what the nodes in its reach know, unless
   * that is not wanted.
   *
   * @throws ObjectException.Unavailable when no majority answers, and it is needed
   */
  Optional<Found> find(ObjectKey key, ReadMode mode) {
    if (mode != ReadMode.CONFIRMED_ONLY && reach.isCutOff()) {
      List<String> nodes = reach.nodes();
      KeySight sight = sights.of(key, nodes);
      return sights
          .head(key, mode, sight.head().map(head -> head.version()), sight, nodes)
          .filter(version -> !version.deleted())
          .map(version -> local(version, nodes));
    }
    Observation observed = agreement.observe(key);
    Optional<HeadRecord> head = Agreement.head(observed);
    return mode == ReadMode.PROVISIONAL_ALLOWED
            || (mode == ReadMode.PREFERRED && head.isEmpty() && hasBranches(key))
        ? latest(key, mode, head)
        : head.filter(found -> !found.deleted()).map(found -> agreed(key, found));
  }

  private boolean hasBranches(ObjectKey key) {
    return !replicas.local().sight(key).branches().isEmpty();
  }

  private Found agreed(ObjectKey key, HeadRecord head) {
    return new Found(
        reader.version(key, head), head.version(), reader.sources(head), Certainty.LINEARIZABLE);
  }

  private Optional<Found> latest(ObjectKey key, ReadMode mode, Optional<HeadRecord> head) {
    Set<String> nodes = new LinkedHashSet<>();
    nodes.add(self);
    head.ifPresent(known -> nodes.addAll(reader.sources(known).nodes()));
    nodes.addAll(reach.nodes());
    List<String> asked = List.copyOf(nodes);
    Optional<VersionId> confirmed = head.map(HeadRecord::version);
    return sights
        .head(key, mode, confirmed, sights.of(key, asked), asked)
        .filter(version -> !version.deleted())
        .map(version ->
            head.isPresent() && version.state() == VersionState.CONFIRMED
                ? agreed(key, head.get())
                : local(version, asked));
  }

  private static Found local(VersionRecord version, List<String> nodes) {
    return new Found(version, version.id(), new Sources(nodes, false), Certainty.LOCAL);
  }

  /** A version by its id; empty when it is a tombstone. */
  Optional<Found> find(ObjectKey key, VersionId id) {
    return any(key, id).filter(found -> !found.version().deleted());
  }

  /**
   * A version by its id, tombstones too. Immutable, so nobody has to agree: only where the key's
   * replicas are is asked of the coordinator, when the nodes in reach do not have it.
   *
   * @throws ObjectException.VersionRemoved when retention deleted its bytes
   */
  Optional<Found> any(ObjectKey key, VersionId id) {
    List<String> near = reach.nodes();
    Optional<Found> found = kept(key, id, near);
    if (found.isEmpty() && !reach.isCutOff()) {
      found =
          Agreement.head(agreement.observe(key))
              .flatMap(head -> kept(key, id, reader.sources(head).nodes()));
    }
    if (found.isPresent() && found.get().version().isRemoved()) {
      throw new ObjectException.VersionRemoved(key, id);
    }
    return found;
  }

  private Optional<Found> kept(ObjectKey key, VersionId id, List<String> nodes) {
    return replicas
        .findKept(key, id, nodes)
        .map(version -> new Found(version, id, new Sources(nodes, false), Certainty.LOCAL));
  }
}
