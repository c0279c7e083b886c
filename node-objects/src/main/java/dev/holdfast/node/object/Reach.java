// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.ArrayList;
import java.util.List;

/**
 * Whom this node reaches: the majority, or at least some of the others. Thread-safe, never blocks.
 *
 * <p>A node is cut off when its lease is over: an election is shorter than that, so a change of the
 * leader cuts nobody off. A node that has not been a member since its start is not cut off either,
 * for it may have missed any number of writes.
 */
final class Reach {
  private final ClusterView cluster;
  private final PeerNetwork network;
  private volatile boolean wasMember;

  Reach(ClusterView cluster, PeerNetwork network) {
    this.cluster = cluster;
    this.network = network;
    cluster.onChange(this::isMember);
  }

  private boolean isMember() {
    boolean isMember = cluster.isHealthy(cluster.self());
    if (isMember && !wasMember) {
      wasMember = true;
    }
    return isMember;
  }

  /** Whether this node serves on its own: it takes provisional writes and reads what it knows. */
  boolean isCutOff() {
    return !isMember() && wasMember;
  }

  /** This node, and the others that it has a connection to. */
  List<String> nodes() {
    List<String> nodes = new ArrayList<>();
    nodes.add(cluster.self());
    for (ClusterMap.Node node : cluster.map().nodes()) {
      if (!node.id().equals(cluster.self()) && network.isConnected(node.id())) {
        nodes.add(node.id());
      }
    }
    return nodes;
  }
}
