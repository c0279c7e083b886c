// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.peer.PeerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects the versions of a key from its replicas. Blocking. */
final class Histories {
  private static final Logger log = LoggerFactory.getLogger(Histories.class);

  /** A list of versions has at most so many of each replica. */
  private static final int VERSIONS_MAX = 10_000;

  private final Reach reach;
  private final Agreement agreement;
  private final Replicas replicas;

  Histories(Reach reach, Agreement agreement, Replicas replicas) {
    this.reach = reach;
    this.agreement = agreement;
    this.replicas = replicas;
  }

  /**
   * @param confirmed the head that the cluster agreed on
   * @param heads versions without a successor; several when there is a conflict
   * @param holders who keeps or will keep a copy of the head, best first
   * @param versions each before its parents
   * @param unreachable nodes that could not be asked
   */
  record History(
      Optional<VersionId> confirmed,
      Set<VersionId> heads,
      List<String> holders,
      List<VersionSummary> versions,
      List<String> unreachable) {}

  /** Empty when the key never existed. */
  Optional<History> of(ObjectKey key) {
    if (reach.isCutOff()) {
      List<String> nodes = reach.nodes();
      Optional<VersionId> head =
          new Sights(replicas).of(key, nodes).head().map(row -> row.version());
      return Optional.of(collect(key, head, nodes)).filter(found -> !found.versions().isEmpty());
    }
    Optional<HeadRecord> head = Agreement.head(agreement.observe(key));
    Set<String> nodes = new LinkedHashSet<>();
    head.ifPresentOrElse(known -> nodes.addAll(known.holders()), () -> nodes.addAll(reach.nodes()));
    History found = collect(key, head.map(HeadRecord::version), List.copyOf(nodes));
    if (head.isPresent() && found.unreachable().size() == nodes.size()) {
      throw new ObjectException.CopiesUnreachable(key, List.copyOf(nodes));
    }
    return head.isPresent() || !found.versions().isEmpty() ? Optional.of(found) : Optional.empty();
  }

  private History collect(ObjectKey key, Optional<VersionId> confirmed, List<String> nodes) {
    Map<VersionId, VersionSummary> byId = new HashMap<>();
    List<String> unreachable = new ArrayList<>();
    for (String node : nodes) {
      try {
        for (VersionSummary version : replicas.of(node).versions(key, VERSIONS_MAX)) {
          byId.merge(new VersionId(version.version()), version, Histories::further);
        }
      } catch (PeerException e) {
        log.debug("Cannot ask {} for the versions of {}", node, key, e);
        unreachable.add(node);
      }
    }
    List<Lineage.Vertex> graph =
        byId.entrySet().stream()
            .map(entry ->
                new Lineage.Vertex(
                    entry.getKey(),
                    entry.getValue().parents().stream()
                        .map(VersionId::new)
                        .collect(Collectors.toSet()),
                    entry.getValue().writtenAtMillis()))
            .toList();
    List<VersionSummary> ordered =
        Lineage.newestFirst(graph).stream()
            .flatMap(id -> Optional.ofNullable(byId.get(id)).stream())
            .toList();
    return new History(confirmed, Lineage.heads(graph), nodes, ordered, unreachable);
  }

  /**
   * A node may not know yet that a version was confirmed. While one has its bytes, it is not gone.
   */
  private static VersionSummary further(VersionSummary one, VersionSummary other) {
    return other.isAgreed() && (one.isRemoved() || !one.isAgreed()) ? other : one;
  }
}
