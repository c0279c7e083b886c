// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which node a command is about: a word, or {@code --node}, on all commands alike. */
final class NodeName {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NODE",
      description = "Its id, as in 'holdfast cluster list'.")
  private String word = "";

  @Option(names = "--node", paramLabel = "NODE", description = "The same, by an option.")
  private String option = "";

  String id() {
    if (word.isEmpty() == option.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE,
          word.isEmpty() ? "the id of a node is needed" : "two nodes are named",
          "give one NODE");
    }
    return word.isEmpty() ? option : word;
  }
}
