// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.UpkeepBodies;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Repairs the copies of all objects now, rather than at the next audit. */
@Command(
    name = "repair",
    description = {
      "Audit all objects and repair their copies.",
      "",
      "Nodes do so on their own: on a schedule, when a node comes or goes, and once a node is down"
          + " for longer than repair.deadAfter. The command ends when each node is done. Copies that"
          + " a holder lacks are fetched by it afterwards; 'holdfast cluster audit' tells when. Ends"
          + " with exit code 4 when objects could not be repaired."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast cluster repair", "  holdfast cluster repair --cancel"})
final class RepairCommand implements Callable<Integer> {
  @Option(names = "--cancel", description = "End the audits and repairs under way.")
  private boolean cancel;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  RepairCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      Audits audits = new Audits(rest, terminal);
      UpkeepBodies.Audit audit = cancel ? audits.cancel() : audits.run("");
      audits.show(audit, output.json());
      return cancel || audit.failed() + audit.waiting() == 0
          ? ExitCode.OK.code()
          : ExitCode.REFUSED.code();
    }
  }
}
