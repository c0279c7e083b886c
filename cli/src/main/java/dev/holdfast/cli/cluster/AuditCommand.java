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

/** How copies stand, by the disks of those that hold them. */
@Command(
    name = "audit",
    description = {
      "Compare the copies of all objects with what is wanted; changes nothing.",
      "",
      "Each node audits the objects that it is responsible for: it asks the holders, which look at"
          + " their disks. Nodes audit on their own as well, and repair what they find; --last shows"
          + " how that went. Ends with exit code 4 when an object has fewer whole copies in reach than"
          + " wanted."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast cluster audit", "  holdfast cluster audit --last --json"})
final class AuditCommand implements Callable<Integer> {
  @Option(names = "--last", description = "Show the audit under way or the last one; begin none.")
  private boolean last;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  AuditCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      Audits audits = new Audits(rest, terminal);
      UpkeepBodies.Audit audit = last ? audits.state() : audits.run("?look");
      audits.show(audit, output.json());
      return audit.underReplicated() == 0 ? ExitCode.OK.code() : ExitCode.REFUSED.code();
    }
  }
}
