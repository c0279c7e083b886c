// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.plugin;

import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code plugin} with its subcommands. */
public final class PluginCommands {
  private PluginCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new InstallCommand(terminal))
        .addSubcommand(new ListCommand(terminal))
        .addSubcommand(new RemoveCommand(terminal));
  }

  @Command(
      name = "plugin",
      description = "Plugins of the nodes.",
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast plugin install my-placement.zip",
        "  holdfast plugin list",
        "  holdfast plugin remove my-placement"
      })
  private static final class Group {
    @SuppressWarnings("unused") // Read by picocli.
    @Mixin
    private HelpOption help = new HelpOption();
  }
}
