// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.plugin;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.plugin.PluginInstaller;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The data folders that a plugin goes into: those of a local cluster, or that of one node. */
final class NodeFolders {
  static final String NEXT = "a node takes notice at its next start; restart them one at a time";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ClusterFolder.DEFAULT,
      description =
          "The folder of a local cluster, all of whose nodes are meant, or the data folder of one"
              + " node. Default: ${DEFAULT-VALUE}.")
  private String data = ClusterFolder.DEFAULT;

  List<PluginInstaller> installers(Terminal terminal) {
    Path path = terminal.resolve(data);
    return folders(path).stream().map(f -> new PluginInstaller(f.resolve("plugins"))).toList();
  }

  private static List<Path> folders(Path path) {
    if (!Files.isDirectory(path)) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          path + " does not exist",
          "start the cluster once with 'holdfast up', or name its folder with --data");
    }
    Optional<ClusterFolder> cluster = ClusterFolder.existing(path);
    if (cluster.isPresent()) {
      return cluster.get().nodeFolders();
    }
    if (!DataFolder.isOne(path)) {
      throw new CommandException(
          ExitCode.REFUSED,
          path + " is neither the folder of a local cluster nor the data folder of a node",
          "start the node once, or name its --data folder; nothing was written");
    }
    return List.of(path);
  }
}
