// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.terminal.ShellWords;
import dev.holdfast.cli.terminal.Terminal;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The folder of a cluster on this machine. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ClusterFolder.DEFAULT,
      description = "Where the cluster lives. Default: ${DEFAULT-VALUE}.")
  private String data = ClusterFolder.DEFAULT;

  Path path(Terminal terminal) {
    return terminal.resolve(data);
  }

  /** As the user wrote it. */
  String text() {
    return data;
  }

  boolean isDefault() {
    return data.equals(ClusterFolder.DEFAULT);
  }

  /** For a further command, with a space before it; empty for the default. */
  String asOption() {
    return isDefault() ? "" : " --data " + ShellWords.quoted(data);
  }
}
