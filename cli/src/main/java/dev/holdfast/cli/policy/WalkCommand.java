// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tries a machine out, step by step. */
@Command(
    name = "walk",
    description = {
      "Try a machine on one object, with a clock that goes only when told to. Without steps: the"
          + " shortest way to each state.",
      "A step is 'EVENT NAME=VALUE ...' or 'wait 5m'. It goes on after one that is refused."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast policy walk lock.yaml",
      "  holdfast policy walk lock.yaml --do 'acquire client=ann ttl=30s' --do 'wait 30s'",
      "  holdfast policy walk lock.yaml --interactive"
    })
final class WalkCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FILE", description = "A file of machines.")
  private String file = "";

  @Option(
      names = "--machine",
      paramLabel = "NAME",
      description = "One of the machines of the file. Default: the first.")
  private String machine = "";

  @Option(names = "--do", paramLabel = "STEP", description = "A step; once for each.")
  private List<String> steps = List.of();

  @Option(names = "--interactive", description = "Read steps from stdin, one a line.")
  private boolean interactive;

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  WalkCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    PolicyCommands.needLanguage();
    MachineWalk walk = new MachineWalk(terminal, output.json());
    return walk.walk(file, machine, steps, interactive).code();
  }
}
