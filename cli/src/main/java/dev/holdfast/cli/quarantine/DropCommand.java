// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Deletes a version that was set aside. */
@Command(
    name = "drop",
    description = {"Delete a version that is set aside, for good."},
    footerHeading = "%nExamples:%n",
    footer = "  holdfast quarantine drop plan.md 51ab90")
final class DropCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "A key.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION",
      description = "Its id, or a unique beginning; 'quarantine ls' shows them.")
  private String version = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  DropCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      ObjectBodies.Settled settled = new QuarantineClient(rest).settle("DELETE", key, version);
      if (output.json()) {
        terminal.json(settled);
      } else {
        terminal.line("dropped " + settled.key() + " " + settled.version());
      }
      return ExitCode.OK.code();
    }
  }
}
