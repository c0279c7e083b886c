// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** States and transitions as a picture. */
@Command(
    name = "diagram",
    description = "Draw a machine: its states, transitions, guards and timers.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast policy diagram lock.yaml",
      "  holdfast policy diagram lock.yaml --format dot | dot -Tsvg > lock.svg"
    })
final class DiagramCommand implements Callable<Integer> {
  /** Lower case, since people type them. */
  enum Format {
    mermaid,
    dot
  }

  @Parameters(index = "0", paramLabel = "FILE", description = "A file of machines.")
  private String file = "";

  @Option(
      names = "--machine",
      paramLabel = "NAME",
      description = "One of the machines of the file. Default: the first.")
  private String machine = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}. Default: mermaid.")
  private Format format = Format.mermaid;

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  DiagramCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    PolicyCommands.needLanguage();
    return new PolicyViews(terminal, output.json()).diagram(file, machine, format).code();
  }
}
