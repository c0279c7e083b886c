// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.placement;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The nodes of the cluster at one epoch. Placement is computed from it and nothing else.
 *
 * @param epoch rises with every change of the map
 * @param nodes ordered by id, each id once
 */
public record ClusterMap(long epoch, List<Node> nodes) {
  public ClusterMap {
    nodes = nodes.stream().sorted((a, b) -> a.id().compareTo(b.id())).toList();
    if (nodes.stream().map(Node::id).distinct().count() != nodes.size()) {
      throw new IllegalArgumentException("A node id stands twice in the cluster map: " + nodes);
    }
  }

  public Optional<Node> node(String id) {
    return nodes.stream().filter(node -> node.id().equals(id)).findFirst();
  }

  /** Nodes that may get new copies. */
  public List<Node> placeable() {
    return nodes.stream().filter(node -> node.state() == State.ACTIVE).toList();
  }

  /**
   * @param labels arbitrary, e.g. {@code rack=r12}
   * @param capacityBytes configured, at least 1: the weight; free bytes would make copies wander
   */
  public record Node(String id, Map<String, String> labels, long capacityBytes, State state) {
    public Node {
      labels = Map.copyOf(labels);
      if (capacityBytes < 1) {
        throw new IllegalArgumentException("capacityBytes of " + id + " is " + capacityBytes);
      }
    }
  }

  public enum State {
    /** Takes new copies. */
    ACTIVE,
    /** Keeps what it has until it was moved away, and gets nothing new. */
    DRAINING
  }
}
