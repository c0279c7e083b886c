// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Runs what stands below {@code tests:}. */
@Command(
    name = "test",
    description = "Run the tests that policies bring, with a clock of their own.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast policy test lock.yaml", "  holdfast policy test policies/ --json"})
final class TestCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files, or folders of *.yaml.")
  private List<String> files = List.of();

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  TestCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    PolicyCommands.needLanguage();
    return new PolicyChecks(terminal, output.json()).test(files).code();
  }
}
