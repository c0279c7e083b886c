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

/** A cleanup now, rather than at the next time. */
@Command(
    name = "run",
    description = {
      "Free what nothing needs, now rather than at the next time.",
      "",
      "Deletions older than objects.tombstoneRetention are forgotten, with what they deleted, once"
          + " every holder of the key has them and no branch is open.",
      "Where cleanup.policy names a policy, the bytes of old versions and surplus copies go as it says,"
          + " whatever cleanup.policyMode is.",
      "Chunks that no version names go to the trash, and from there after cleanup.trashGrace. The graces"
          + " hold here too. What was deleted and why is in 'deletions.log' in the folder 'objects' of"
          + " each node."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cleanup run")
final class RunCommand implements Callable<Integer> {
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      Cleanups cleanups = new Cleanups(rest, terminal);
      cleanups.show(cleanups.run("?run"), output.json());
      return ExitCode.OK.code();
    }
  }
}
