package dev.holdfast.cli.local;

import java.util.List;

/** What {@code run.json} keeps while nodes run, so that {@code down} finds them. */
record RunningNodes(List<RunningNode> nodes) {
  static final RunningNodes NONE = new RunningNodes(List.of());

  RunningNodes {
    nodes = List.copyOf(nodes);
  }

  List<RunningNode> alive() {
    return nodes.stream().filter(node -> node.process().alive().isPresent()).toList();
  }

  /**
   * @param id of a node, or {@code zk1}, … for a server of the cluster's own ensemble
   */
  record RunningNode(String id, ProcessStamp process) {
    boolean isServer() {
      return id.startsWith("zk");
    }
  }
}
