// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists what is set aside. */
@Command(
    name = "ls",
    description = {
      "List the versions that are set aside.",
      "",
      "Exit code 5 when a node could not be asked: what it has set aside is missing."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast quarantine ls", "  holdfast quarantine ls docs/ --json"})
final class QuarantineLsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "How the keys begin. Default: all keys.")
  private String prefix = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  QuarantineLsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      ObjectBodies.Quarantine found = new QuarantineClient(rest).list(prefix);
      if (output.json()) {
        terminal.json(found);
      } else {
        show(found);
      }
      if (!found.complete()) {
        terminal.note("holdfast: not asked: " + String.join(", ", found.unreachable()));
        return ExitCode.UNAVAILABLE.code();
      }
      return ExitCode.OK.code();
    }
  }

  private void show(ObjectBodies.Quarantine found) {
    if (found.versions().isEmpty()) {
      terminal.note("holdfast: nothing is set aside");
      return;
    }
    Table table = new Table("KEY", "VERSION", "NODE", "SIZE", "MODIFIED", "AUTHOR");
    for (ObjectBodies.SetAside one : found.versions()) {
      table.row(
          one.key(),
          QuarantineClient.shortened(one.version().version()),
          one.node(),
          one.version().deleted() ? "deleted" : Sizes.text(one.version().size()),
          one.version().modified(),
          one.version().author());
    }
    table.lines().forEach(terminal::line);
    terminal.next(
        "'holdfast quarantine release KEY VERSION' brings one back, 'drop' deletes it for good");
  }
}
