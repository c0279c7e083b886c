package dev.holdfast.cli.cluster;

import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code cluster} with its subcommands. */
public final class ClusterCommands {
  private ClusterCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new StatusCommand(terminal))
        .addSubcommand(new RemoveCommand(terminal));
  }

  @Command(
      name = "cluster",
      mixinStandardHelpOptions = true,
      description = "The nodes of the cluster.",
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast cluster status", "  holdfast cluster remove n4"})
  private static final class Group {}
}
