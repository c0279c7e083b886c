// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.core.replication.RepairPlanner.Fault;
import dev.holdfast.node.cluster.ClusterDirectory;
import dev.holdfast.node.cluster.PeerHealth;
import dev.holdfast.node.metrics.Metrics;
import dev.holdfast.node.repair.Auditor;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.NodeLease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What an operator looks at first: who leads, who is missing, how much room is left. */
final class NodeGauges {
  private NodeGauges() {}

  static void register(
      Metrics metrics, Coordinator coordinator, ClusterDirectory cluster, PeerHealth health) {
    metrics.gauge(
        "coordinator.leader",
        coordinator,
        asked -> cluster.self().equals(asked.status().leader()) ? 1 : 0);
    metrics.gauge("coordinator.term", coordinator, asked -> asked.status().term());
    metrics.gauge("coordinator.lag", coordinator, asked -> asked.status().lagEntries());
    metrics.gauge("coordinator.applied", coordinator, asked -> asked.status().appliedRevision());
    metrics.gauge(
        "coordinator.majority",
        coordinator,
        asked -> asked.lease().state() == NodeLease.State.CONNECTED ? 1 : 0);
    metrics.gauge("cluster.members", cluster, asked -> asked.members().size());
    metrics.gauge("cluster.unhealthy", health, asked -> asked.unhealthy().size());
  }

  /** Of the keys that this node is responsible for. */
  static void registerAudit(Metrics metrics, Auditor auditor) {
    metrics.gauge("audit.keys", auditor, asked -> asked.state().keys());
    metrics.gauge("audit.under.replicated", auditor, asked -> asked.count(Fault.UNDER_REPLICATED));
    metrics.gauge("audit.over.replicated", auditor, asked -> asked.count(Fault.OVER_REPLICATED));
    metrics.gauge("audit.misplaced", auditor, asked -> asked.count(Fault.MISPLACED));
    metrics.gauge("audit.unreachable", auditor, asked -> asked.count(Fault.UNREACHABLE));
  }

  /**
   * @param data folder of the node; of its file store, since a list of mounts is wrong too often
   */
  static void registerDisk(Metrics metrics, Path data) {
    metrics.gauge("disk.free.bytes", data, NodeGauges::freeBytes);
    metrics.gauge("disk.size.bytes", data, NodeGauges::sizeBytes);
  }

  private static double freeBytes(Path data) {
    try {
      return Files.getFileStore(data).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Shown as NaN, and logged by the registry.
    }
  }

  private static double sizeBytes(Path data) {
    try {
      return Files.getFileStore(data).getTotalSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
