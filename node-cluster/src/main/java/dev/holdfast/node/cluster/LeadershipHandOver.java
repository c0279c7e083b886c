// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets another voter lead when a leader stops, so that no commit has to wait for an election. */
record LeadershipHandOver(
    Coordinator coordinator, ClusterView cluster, Supplier<Set<String>> unreachable) {
  private static final Logger LOG = LoggerFactory.getLogger(LeadershipHandOver.class);
  private static final Duration HAND_OVER_MAX = Duration.ofSeconds(3);

  /** Blocks for that time at most. What does not succeed is left to an election. */
  void run() {
    successor().ifPresent(this::handOver);
  }

  /** Who should lead now; empty when this node does not, or nobody else can. */
  private Optional<String> successor() {
    if (coordinator.voters().isEmpty() || !cluster.self().equals(coordinator.leader())) {
      return Optional.empty();
    }
    return coordinator.status().voters().stream()
        .filter(node -> !node.equals(cluster.self()))
        .filter(cluster::isHealthy)
        .filter(node -> !unreachable.get().contains(node))
        .findFirst();
  }

  private void handOver(String successor) {
    try {
      coordinator.voters().orElseThrow().transferLeadership(successor, HAND_OVER_MAX);
      LOG.info("{} leads now", successor);
    } catch (CoordinatorException e) {
      LOG.info(
          "The leadership was not handed over to {}, the others elect: {}",
          successor,
          e.getMessage());
    }
  }
}
