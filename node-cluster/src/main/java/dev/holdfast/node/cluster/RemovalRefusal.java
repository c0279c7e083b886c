// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import java.util.List;

/** Why a node is not taken out of the cluster, or its removal not called off. */
public sealed interface RemovalRefusal {
  /** There is no such node. */
  record UnknownNode(String node) implements RemovalRefusal {}

  /** Nobody would be left to take its data. */
  record LastNode(String node) implements RemovalRefusal {}

  /** The removal was called off while it was under way. */
  record Cancelled(String node) implements RemovalRefusal {}

  /** There is no removal to call off. */
  record NotLeaving(String node) implements RemovalRefusal {}

  /** The node has lost its vote or is about to. */
  record TooLate(String node) implements RemovalRefusal {}

  /**
   * The change of the voters could not be agreed on without it.
   *
   * @param staying the other voters
   * @param down those of them that do not answer
   */
  record NoMajorityLeft(String node, List<String> staying, List<String> down)
      implements RemovalRefusal {
    public NoMajorityLeft {
      staying = List.copyOf(staying);
      down = List.copyOf(down);
    }
  }

  /** Copies that cannot be moved now. */
  record Stuck(String node, long copiesLeft) implements RemovalRefusal {}
}
