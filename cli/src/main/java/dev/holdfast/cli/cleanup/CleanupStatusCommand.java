// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cleanup;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** How the last cleanup went. */
@Command(
    name = "status",
    description = {"Show how the last cleanup of each node went, or how far the one under way is."},
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cleanup status")
final class CleanupStatusCommand implements Callable<Integer> {
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  CleanupStatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      Cleanups cleanups = new Cleanups(rest, terminal);
      cleanups.show(cleanups.state(), output.json());
      return ExitCode.OK.code();
    }
  }
}
