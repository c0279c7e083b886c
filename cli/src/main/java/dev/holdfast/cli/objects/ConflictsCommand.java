// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists the keys that somebody has to merge. */
@Command(
    name = "conflicts",
    description = {
      "List the keys with several heads, one row for each head.",
      "",
      "Exit code 0, with and without conflicts. Exit code 5 when a node could not be asked: a branch"
          + " that only this one has is missing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast conflicts",
      "  holdfast conflicts docs/ --json",
    })
final class ConflictsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "How the keys begin. Default: all keys.")
  private String prefix = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ConflictsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      VersionsClient.Conflicts found = new VersionsClient(rest).conflicts(prefix);
      if (output.json()) {
        terminal.json(found);
      } else {
        show(found.conflicts());
      }
      if (!found.complete()) {
        terminal.note(
            "holdfast: not asked: %s; branches that only they have are missing"
                .formatted(String.join(", ", found.unreachable())));
        return ExitCode.UNAVAILABLE.code();
      }
      return ExitCode.OK.code();
    }
  }

  private void show(List<ObjectBodies.Conflict> conflicts) {
    if (conflicts.isEmpty()) {
      terminal.note("holdfast: no conflicts");
      return;
    }
    Table table = new Table("KEY", "VERSION", "STATE", "MODIFIED", "AUTHOR");
    for (ObjectBodies.Conflict conflict : conflicts) {
      String confirmed = conflict.confirmed();
      if (confirmed != null) {
        table.row(
            conflict.key(), VersionNames.shortened(confirmed), ObjectBodies.CONFIRMED, "-", "-");
      }
      for (ObjectBodies.Version branch : conflict.branches()) {
        table.row(
            conflict.key(),
            VersionNames.shortened(branch.version()),
            branch.state(),
            branch.modified(),
            branch.author());
      }
    }
    table.lines().forEach(terminal::line);
    terminal.note("holdfast: %d keys are in conflict".formatted(conflicts.size()));
    terminal.next(
        "'holdfast log KEY' shows what happened; 'holdfast merge KEY FILE' or"
            + " 'holdfast merge KEY --take VERSION' ends it");
  }
}
