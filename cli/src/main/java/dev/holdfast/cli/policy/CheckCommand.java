// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** All that is wrong, at once. */
@Command(
    name = "check",
    description = "Report all that is wrong with policies. Warnings do not fail.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast policy check lock.yaml", "  holdfast policy check policies/ --json"})
final class CheckCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files, or folders of *.yaml.")
  private List<String> files = List.of();

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  CheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    PolicyCommands.needLanguage();
    return new PolicyChecks(terminal, output.json()).check(files).code();
  }
}
