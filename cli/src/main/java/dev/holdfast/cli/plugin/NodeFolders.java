package dev.holdfast.cli.plugin;

import dev.holdfast.cli.local.ClusterFolder;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.plugin.PluginInstaller;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    return ClusterFolder.existing(path).map(ClusterFolder::nodeFolders).orElse(List.of(path));
  }
}
