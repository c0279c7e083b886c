// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Asks the cluster to agree on a version. */
@Command(
    name = "confirm",
    description = {
      "Ask the cluster to agree on a provisional version now, instead of waiting for it.",
      "",
      "Exit code 4 when the version does not come after the confirmed head: merge them. Exit code 5"
          + " while no majority can be reached."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast confirm plan.md 51ab90",
    })
final class ConfirmCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "A key.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION",
      description = "Its id, or a unique beginning; 'log' shows them.")
  private String version = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ConfirmCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      VersionsClient versions = new VersionsClient(rest);
      String id = new VersionNames(versions).whole(key, List.of(version)).getFirst();
      new WriteReport(terminal, output.json()).show("confirmed", versions.confirm(key, id));
      return ExitCode.OK.code();
    }
  }
}
