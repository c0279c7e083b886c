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

/** What a cleanup would do. */
@Command(
    name = "plan",
    description = {
      "Show what a cleanup would free; changes nothing.",
      "",
      "Each node looks for deletions that are older than objects.tombstoneRetention, for chunks on"
          + " its disk that no version names, and for segments of small chunks that are mostly dead."
          + " Where cleanup.policy names a policy, it also asks that for old versions and surplus"
          + " copies, and shows how many would go, with their bytes and why."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cleanup plan")
final class PlanCommand implements Callable<Integer> {
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  PlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      Cleanups cleanups = new Cleanups(rest, terminal);
      cleanups.show(cleanups.run(""), output.json());
      return ExitCode.OK.code();
    }
  }
}
