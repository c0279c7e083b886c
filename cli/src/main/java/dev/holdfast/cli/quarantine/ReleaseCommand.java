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

/** Brings a version back that was set aside. */
@Command(
    name = "release",
    description = {
      "Make a version that is set aside an ordinary one again.",
      "",
      "The cluster agrees on it when the key has no head, or it comes after that; else it is a branch,"
          + " for 'holdfast merge'. It gets a new id when what it rested on is forgotten."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast quarantine release plan.md 51ab90")
final class ReleaseCommand implements Callable<Integer> {
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

  ReleaseCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      ObjectBodies.Settled settled = new QuarantineClient(rest).settle("POST", key, version);
      if (output.json()) {
        terminal.json(settled);
      } else {
        terminal.line("released " + settled.key() + " " + settled.version());
      }
      return ExitCode.OK.code();
    }
  }
}
