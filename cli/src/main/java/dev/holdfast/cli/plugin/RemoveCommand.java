// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.plugin;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.plugin.PluginInstaller;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes a plugin out of the data folder of each node. */
@Command(
    name = "remove",
    description = "Remove a plugin; nodes notice at their next start.",
    footerHeading = "%nExamples:%n",
    footer = "  holdfast plugin remove my-placement")
final class RemoveCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "ID", description = "As in 'holdfast plugin list'.")
  private String id = "";

  @Mixin private NodeFolders folders = new NodeFolders();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  RemoveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    int removed = 0;
    for (PluginInstaller installer : folders.installers(terminal)) {
      if (installer.remove(id)) {
        removed++;
      }
    }
    if (removed == 0) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          "no node has a plugin " + id + " in its data folder",
          "'holdfast plugin list' shows them; those of the distribution stay");
    }
    if (output.json()) {
      terminal.json(Map.of("id", id, "nodes", removed));
    } else {
      terminal.line("removed " + id + " from " + removed + " nodes");
    }
    terminal.note("  next: " + NodeFolders.NEXT);
    return ExitCode.OK.code();
  }
}
