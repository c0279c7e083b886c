// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code policy} with its subcommands. */
public final class PolicyCommands {
  private static final String LANGUAGE = "dev.holdfast.policy.PolicyCompiler";

  private PolicyCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new Group())
        .addSubcommand(new CheckCommand(terminal))
        .addSubcommand(new TestCommand(terminal))
        .addSubcommand(new WalkCommand(terminal))
        .addSubcommand(new DiagramCommand(terminal))
        .addSubcommand(new DiffCommand(terminal));
  }

  /** In the image of a node, which has no launcher, the class path is that of a node. */
  static void needLanguage() {
    try {
      Class.forName(LANGUAGE, /* initialize= */ false, PolicyCommands.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new CommandException(
          ExitCode.UNAVAILABLE,
          "the policy language is not on the class path",
          "run 'bin/holdfast policy' of a distribution",
          e);
    }
  }

  @Command(
      name = "policy",
      description = "Policies as text: checked and tried without a cluster.",
      synopsisSubcommandLabel = "COMMAND",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast policy check lock.yaml",
        "  holdfast policy test lock.yaml",
        "  holdfast policy diagram lock.yaml --format dot | dot -Tsvg > lock.svg"
      })
  private static final class Group {
    @SuppressWarnings("unused") // Read by picocli.
    @Mixin
    private HelpOption help = new HelpOption();
  }
}
