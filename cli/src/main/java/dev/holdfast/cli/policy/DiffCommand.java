// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Whether a new version fits the objects and callers of the one before. */
@Command(
    name = "diff",
    description = "Compare two versions of a machine. Refused when they are not compatible.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast policy diff lock.yaml lock-next.yaml"})
final class DiffCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "BEFORE", description = "A file with one machine.")
  private String before = "";

  @Parameters(index = "1", paramLabel = "AFTER", description = "A file with one machine.")
  private String after = "";

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  DiffCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    PolicyCommands.needLanguage();
    return new PolicyViews(terminal, output.json()).diff(before, after).code();
  }
}
