// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.repair.RepairMessages.AuditState;
import dev.holdfast.node.repair.RepairMessages.OrderAudit;
import dev.holdfast.protocol.UpkeepBodies;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The audits of all nodes as one: each audits its own keys. */
public final class ClusterAudit {
  private static final Logger log = LoggerFactory.getLogger(ClusterAudit.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final ClusterView cluster;
  private final PeerNetwork network;
  private final Auditor local;
  private final InstantSource clock;

  public ClusterAudit(Auditor local) {
    Auditor.Parts parts = local.parts();
    this.cluster = parts.cluster();
    this.network = parts.network();
    this.local = local;
    this.clock = parts.clock();
  }

  /**
   * @param order of {@link OrderAudit}, for all nodes that are up
   */
  UpkeepBodies.Audit tell(String order) {
    List<UpkeepBodies.NodeAudit> nodes = new ArrayList<>();
    for (ClusterMap.Node node : cluster.map().nodes()) {
      nodes.add(body(node.id(), tell(node.id(), order)));
    }
    return sum(nodes);
  }

  private Optional<AuditState> tell(String node, String order) {
    if (node.equals(cluster.self())) {
      return Optional.of(local.obey(order));
    }
    if (!cluster.isHealthy(node)) {
      return Optional.empty();
    }
    try {
      return Optional.of(network.call(node, new OrderAudit(order), TIMEOUT));
    } catch (PeerException e) {
      log.debug("{} does not answer about its audit", node, e);
      return Optional.empty();
    }
  }

  private static UpkeepBodies.NodeAudit body(String node, Optional<AuditState> answer) {
    AuditState state = answer.orElseGet(() -> AuditTally.NONE.state(false, 0, ""));
    return new UpkeepBodies.NodeAudit(
        node,
        answer.isPresent(),
        state.running(),
        state.repairs(),
        state.completed(),
        state.begunAtMillis(),
        state.keys(),
        state.underReplicated(),
        state.overReplicated(),
        state.misplaced(),
        state.unreachable(),
        state.waiting(),
        state.toRepair(),
        state.repaired(),
        state.failed(),
        state.copiedBytes(),
        state.toCopyBytes(),
        state.failure());
  }

  private UpkeepBodies.Audit sum(List<UpkeepBodies.NodeAudit> nodes) {
    return new UpkeepBodies.Audit(
        nodes.stream().anyMatch(UpkeepBodies.NodeAudit::running),
        sum(nodes, UpkeepBodies.NodeAudit::keys),
        sum(nodes, UpkeepBodies.NodeAudit::underReplicated),
        sum(nodes, UpkeepBodies.NodeAudit::overReplicated),
        sum(nodes, UpkeepBodies.NodeAudit::misplaced),
        sum(nodes, UpkeepBodies.NodeAudit::unreachable),
        sum(nodes, UpkeepBodies.NodeAudit::waiting),
        sum(nodes, UpkeepBodies.NodeAudit::toRepair),
        sum(nodes, UpkeepBodies.NodeAudit::repaired),
        sum(nodes, UpkeepBodies.NodeAudit::failed),
        sum(nodes, UpkeepBodies.NodeAudit::copiedBytes),
        sum(nodes, UpkeepBodies.NodeAudit::toCopyBytes),
        nodes.stream().mapToLong(this::secondsLeft).max().orElse(0),
        nodes);
  }

  private static long sum(
      List<UpkeepBodies.NodeAudit> nodes, ToLongFunction<UpkeepBodies.NodeAudit> part) {
    return nodes.stream().mapToLong(part).sum();
  }

  /** As fast as it went so far; wall clocks, since it is for people. */
  private long secondsLeft(UpkeepBodies.NodeAudit node) {
    long left = node.toCopyBytes() - node.copiedBytes();
    if (!node.running() || !node.repairs() || left <= 0) {
      return 0;
    }
    long tookMillis = clock.millis() - node.begunAtMillis();
    return node.copiedBytes() == 0 || tookMillis <= 0
        ? -1
        : TimeUnit.MILLISECONDS.toSeconds((long) ((double) left * tookMillis / node.copiedBytes()));
  }
}
