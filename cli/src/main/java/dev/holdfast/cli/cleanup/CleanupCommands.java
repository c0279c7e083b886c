// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cleanup;

import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code cleanup} with its subcommands. */
public final class CleanupCommands {
  private CleanupCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new PlanCommand(terminal))
        .addSubcommand(new RunCommand(terminal))
        .addSubcommand(new CleanupStatusCommand(terminal));
  }

  @Command(
      name = "cleanup",
      description = "Free what nothing needs any more.",
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast cleanup plan",
        "  holdfast cleanup run",
        "  holdfast cleanup status --json"
      })
  private static final class Group {
    @SuppressWarnings("unused") // Read by picocli.
    @Mixin
    private HelpOption help = new HelpOption();
  }
}
