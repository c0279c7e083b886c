// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterLayout;
import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cluster {@code up} is asked for: a new one, or the kept one of a folder, grown. */
final class LayoutRequest {
  /** What {@code up} gives each node itself, and finds the nodes by. */
  private static final Set<String> GIVEN =
      Set.of(
          "node.id",
          "node.data",
          "node.api",
          "node.peer",
          "node.raft",
          "node.labels",
          "cluster.found",
          "cluster.join",
          "cluster.secretFile",
          "coordinator",
          "zookeeper.connect");

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "How many nodes. Default: as many as DIR holds, else 3.")
  private @Nullable Integer nodes;

  @Option(
      names = "--port",
      paramLabel = "BASE",
      description = "API port of n1. Default: the port that DIR was started with, else 7600.")
  private @Nullable Integer port;

  @Option(
      names = "--coordinator",
      paramLabel = "BACKEND",
      description =
          "What the cluster agrees through: raft, or zookeeper for three servers beside the nodes."
              + " Default: as DIR was founded, else raft.")
  private String coordinator = "";

  @Option(
      names = "--zookeeper",
      paramLabel = "HOST:PORT,...",
      description = "Agree through these ZooKeeper servers, which run already.")
  private String zookeeper = "";

  @Option(
      names = "--label",
      paramLabel = "[NODE:]KEY=VALUE",
      description =
          "A label for placement, of all nodes or of one, e.g. n2:zone=b; may be repeated. Kept for"
              + " the next start.")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "[NODE:]KEY=VALUE",
      description =
          "A key of the configuration, of all nodes or of one, e.g. log.level=debug; may be repeated."
              + " Kept for the next start.")
  private List<String> settings = new ArrayList<>();

  /** A new cluster. */
  ClusterLayout founding() {
    int count = nodes == null ? ClusterLayout.DEFAULT_NODES : nodes;
    if (count < 1 || count > ClusterLayout.MOST_NODES) {
      throw usage("--nodes " + count + " is not between 1 and " + ClusterLayout.MOST_NODES);
    }
    int base = port == null ? ClusterLayout.DEFAULT_PORT : port;
    int last = NodeAddress.LAST_PORT - ClusterLayout.STEP * (count - 1);
    if (base < 1 || base > last) {
      throw usage("--port " + base + " is not between 1 and " + last);
    }
    return completed(ClusterLayout.founding(base, count, backend()));
  }

  /**
   * The cluster of a folder.
   *
   * @param data the folder, as the user wrote it
   */
  ClusterLayout keeping(ClusterLayout layout, String data) {
    if (port != null && port != layout.port()) {
      throw refused(
          "the cluster in " + data + " was founded on port " + layout.port() + ", not " + port,
          "leave --port away");
    }
    boolean named = !coordinator.isEmpty() || !zookeeper.isEmpty();
    if (named && !Objects.equals(backend(), layout.zookeeper())) {
      throw refused(
          "the cluster in "
              + data
              + " agrees through "
              + (layout.zookeeper() == null ? "Raft" : "ZooKeeper at " + layout.connect()),
          "leave --coordinator and --zookeeper away");
    }
    if (nodes == null) {
      return completed(layout);
    }
    if (nodes > ClusterLayout.MOST_NODES || nodes < 1) {
      founding();
    }
    if (nodes < layout.nodes()) {
      throw refused(
          "the cluster in " + data + " has " + layout.nodes() + " nodes, not " + nodes,
          "leave --nodes away");
    }
    return completed(layout.grownTo(nodes));
  }

  private ClusterLayout completed(ClusterLayout layout) {
    try {
      labels.forEach(layout::keyOf);
      for (String setting : settings) {
        String key = layout.keyOf(setting);
        if (GIVEN.contains(key)) {
          throw usage("--set " + setting + ": 'up' gives each node its own " + key);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()), "", e);
    }
    return layout.with(labels, settings);
  }

  /** Null for Raft. */
  private @Nullable String backend() {
    if (!coordinator.isEmpty() && !coordinator.equals("raft") && !coordinator.equals("zookeeper")) {
      throw usage("--coordinator " + coordinator + " is neither raft nor zookeeper");
    }
    if (coordinator.equals("raft") && !zookeeper.isEmpty()) {
      throw usage("--zookeeper does not go with --coordinator raft");
    }
    if (!zookeeper.isEmpty()) {
      return zookeeper;
    }
    return coordinator.equals("zookeeper") ? ClusterLayout.OWN_ENSEMBLE : null;
  }

  private static CommandException usage(String what) {
    return new CommandException(ExitCode.USAGE, what, "");
  }

  private static CommandException refused(String what, String first) {
    return new CommandException(
        ExitCode.REFUSED,
        what,
        first + ", name another folder with --data, or drop the data with --fresh");
  }
}
