// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.folder.ClusterLayout;
import dev.holdfast.cli.folder.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The flags of {@code holdfast node}, to be written out for another process. */
final class NodeFlags {
  private final List<String> arguments = new ArrayList<>();

  /** Adds the flag, or nothing when the value is empty. */
  NodeFlags with(String flag, String value) {
    if (!value.isEmpty()) {
      arguments.add(flag);
      arguments.add(value);
    }
    return this;
  }

  /** Adds the flag, also when its value is empty; nothing when it was not given. */
  NodeFlags given(String flag, @Nullable String value) {
    if (value != null) {
      arguments.add(flag);
      arguments.add(value);
    }
    return this;
  }

  NodeFlags withEach(String flag, List<String> values) {
    values.forEach(value -> with(flag, value));
    return this;
  }

  List<String> arguments() {
    return List.copyOf(arguments);
  }

  private static List<String> backend(ClusterLayout layout) {
    if (layout.connect().isEmpty()) {
      return List.of();
    }
    List<String> settings = new ArrayList<>();
    settings.add("coordinator=zookeeper");
    settings.add("zookeeper.connect=" + layout.connect());
    if (layout.hasEnsemble()) {
      settings.add("zookeeper.juteMaxBuffer=" + EnsembleServer.JUTE_MAX_BUFFER);
    }
    return settings;
  }

  /** What a node of the local cluster is started with. */
  static NodeFlags of(ClusterFolder folder, NodeAddress node) {
    ClusterLayout layout = folder.layout();
    boolean founder = layout.founded(node);
    return new NodeFlags()
        .with("--id", node.id())
        .with("--data", folder.data(node).toString())
        .with("--api", node.hostAndPort())
        .with("--secret-file", folder.secretFile().toString())
        // A node with data ignores it, an emptied one finds its cluster by it.
        .with("--found", founder ? layout.foundList() : "")
        .with("--join", founder ? "" : layout.joinList())
        .with("--labels", layout.labelsOf(node))
        .withEach("--set", backend(layout))
        .withEach("--set", layout.settingsOf(node));
  }
}
