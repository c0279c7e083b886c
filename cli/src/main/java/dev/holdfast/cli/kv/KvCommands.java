// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kv} with its subcommands. */
public final class KvCommands {
  private KvCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new KvGetCommand(terminal))
        .addSubcommand(new KvSetCommand(terminal))
        .addSubcommand(new KvRmCommand(terminal))
        .addSubcommand(new KvLsCommand(terminal))
        .addSubcommand(new KvWatchCommand(terminal));
  }

  @Command(
      name = "kv",
      description = "The replicated map: small values, agreed on by the cluster.",
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast kv set greeting hello",
        "  holdfast kv get greeting",
        "  holdfast kv watch --map config"
      })
  private static final class Group {
    @SuppressWarnings("unused") // Read by picocli.
    @Mixin
    private HelpOption help = new HelpOption();
  }
}
