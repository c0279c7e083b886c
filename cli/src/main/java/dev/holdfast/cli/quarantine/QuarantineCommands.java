// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code quarantine} with its subcommands. */
public final class QuarantineCommands {
  private QuarantineCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new QuarantineLsCommand(terminal))
        .addSubcommand(new ReleaseCommand(terminal))
        .addSubcommand(new DropCommand(terminal));
  }

  @Command(
      name = "quarantine",
      description = {
        "Decide on versions that a node brought back which was away too long.",
        "",
        "While it was away, deletions were forgotten that are older than objects.tombstoneRetention."
            + " So nobody can tell whether what only it has was deleted. Such versions are kept and"
            + " not shown."
      },
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast quarantine ls",
        "  holdfast quarantine release plan.md 51ab90",
        "  holdfast quarantine drop plan.md 51ab90"
      })
  private static final class Group {
    @SuppressWarnings("unused") // Read by picocli.
    @Mixin
    private HelpOption help = new HelpOption();
  }
}
