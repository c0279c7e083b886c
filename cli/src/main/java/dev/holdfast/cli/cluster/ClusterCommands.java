// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code cluster} with its subcommands. */
public final class ClusterCommands {
  private ClusterCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new StatusCommand(terminal))
        .addSubcommand(new ListCommand(terminal))
        .addSubcommand(new AddCommand(terminal))
        .addSubcommand(new RemoveCommand(terminal))
        .addSubcommand(new TransferCommand(terminal))
        .addSubcommand(new AuditCommand(terminal))
        .addSubcommand(new RepairCommand(terminal))
        .addSubcommand(new ExplainCommand(terminal))
        .addSubcommand(new SimulateCommand(terminal))
        .addSubcommand(new ExportCommand(terminal))
        .addSubcommand(new ImportCommand(terminal));
  }

  @Command(
      name = "cluster",
      description = "The nodes of the cluster.",
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast cluster status",
        "  holdfast cluster list",
        "  holdfast cluster remove n4",
        "  holdfast cluster transfer-leader n2"
      })
  private static final class Group {
    @SuppressWarnings("unused") // Read by picocli.
    @Mixin
    private HelpOption help = new HelpOption();
  }
}
