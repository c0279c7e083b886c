// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.cleanup.CleanupMessages.CleanupState;
import dev.holdfast.node.cleanup.CleanupMessages.OrderCleanup;
import dev.holdfast.node.cleanup.CleanupMessages.RemovalState;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.protocol.UpkeepBodies;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cleanup of all nodes: each cleans up its own disk. */
public final class ClusterCleanup {
  private static final Logger log = LoggerFactory.getLogger(ClusterCleanup.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Cleaner local;

  public ClusterCleanup(Cleaner local) {
    this.local = local;
  }

  /**
   * @param order of {@link OrderCleanup}, for all nodes that are up
   */
  UpkeepBodies.Cleanup tell(String order) {
    List<UpkeepBodies.NodeCleanup> nodes =
        local.cluster().map().nodes().stream()
            .map(node -> body(node.id(), tell(node.id(), order)))
            .toList();
    return new UpkeepBodies.Cleanup(
        nodes.stream().anyMatch(UpkeepBodies.NodeCleanup::running), nodes, removals());
  }

  private List<UpkeepBodies.NodeRemovals> removals() {
    Map<String, RemovalState> told = new HashMap<>();
    told.put(local.cluster().self(), local.removals().state());
    local.removals().others().forEach(one -> told.put(one.node(), one.state()));
    return local.cluster().map().nodes().stream()
        .map(node -> removals(node.id(), Optional.ofNullable(told.get(node.id()))))
        .toList();
  }

  private static UpkeepBodies.NodeRemovals removals(String node, Optional<RemovalState> answer) {
    RemovalState state = answer.orElseGet(() -> RemovalTally.NONE.state(false, 0, 0));
    return new UpkeepBodies.NodeRemovals(
        node,
        answer.isPresent(),
        state.running(),
        state.policy(),
        state.completed(),
        state.begunAtMillis(),
        state.plan(),
        state.refusal(),
        state.keys(),
        state.versions(),
        state.versionBytes(),
        state.copies(),
        state.copyBytes(),
        state.kept(),
        state.surplusBytes(),
        state.freeBytes(),
        state.reasons().stream()
            .map(one ->
                new UpkeepBodies.RemovalReason(one.kind(), one.reason(), one.count(), one.bytes()))
            .toList());
  }

  private Optional<CleanupState> tell(String node, String order) {
    if (node.equals(local.cluster().self())) {
      return Optional.of(local.obey(order));
    }
    if (!local.cluster().isHealthy(node)) {
      return Optional.empty();
    }
    try {
      return Optional.of(local.network().call(node, new OrderCleanup(order), TIMEOUT));
    } catch (PeerException e) {
      log.debug("{} does not answer about its cleanup", node, e);
      return Optional.empty();
    }
  }

  private static UpkeepBodies.NodeCleanup body(String node, Optional<CleanupState> answer) {
    CleanupState state = answer.orElse(SILENT);
    return new UpkeepBodies.NodeCleanup(
        node,
        answer.isPresent(),
        state.running(),
        state.completed(),
        state.begunAtMillis(),
        state.plan(),
        state.refusal(),
        state.urgent(),
        state.usedChunks(),
        state.seenChunks(),
        state.trashed(),
        state.trashedBytes(),
        state.removed(),
        state.removedBytes(),
        state.restored(),
        state.inTrash(),
        state.inTrashBytes(),
        state.rewritten(),
        state.reclaimedBytes(),
        state.tombstones(),
        state.tombstonesDue(),
        state.tombstonesReaped(),
        state.keysForgotten(),
        state.tombstonesWait());
  }

  private static final CleanupState SILENT =
      new CleanupState(
          false, 0, 0, false, "", false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "");
}
