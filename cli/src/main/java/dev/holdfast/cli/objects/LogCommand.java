// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ShellWords;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the versions of a key. */
@Command(
    name = "log",
    description = {
      "Show the versions of a key, the newest first: who wrote them, when, and on top of what.",
      "",
      "A head is a version without a successor; several heads are a conflict. stderr names nodes"
          + " that could not be asked: versions that only they have are missing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast log plan.md",
      "  holdfast log plan.md --mermaid > plan.mmd",
    })
final class LogCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "A key.")
  private String key = "";

  @Option(names = "--mermaid", description = "Print a diagram of mermaid.js instead.")
  private boolean mermaid;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  LogCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (mermaid && output.json()) {
      throw new CommandException(
          ExitCode.USAGE, "--json and --mermaid exclude each other", "leave one of them away");
    }
    try (RestClient rest = servers.connect(terminal)) {
      VersionsClient versions = new VersionsClient(rest);
      if (mermaid) {
        versions.mermaid(key).lines().forEach(terminal::line);
      } else {
        show(versions.versions(key));
      }
      return ExitCode.OK.code();
    }
  }

  private void show(ObjectBodies.Versions graph) {
    if (output.json()) {
      terminal.json(graph);
    } else {
      table(graph).lines().forEach(terminal::line);
    }
    if (!graph.complete()) {
      terminal.note(
          "holdfast: not asked: %s; versions that only they have are missing"
              .formatted(String.join(", ", graph.unreachable())));
    }
    if (graph.isInConflict()) {
      String word = ShellWords.quoted(key);
      terminal.note(
          "holdfast: %s has %d heads: somebody has to merge them"
              .formatted(key, graph.heads().size()));
      terminal.next(
          "'holdfast merge %s FILE' or 'holdfast merge %s --take ID'".formatted(word, word));
    }
  }

  private static Table table(ObjectBodies.Versions graph) {
    Table table = new Table("GRAPH", "VERSION", "STATE", "SIZE", "MODIFIED", "AUTHOR", "");
    for (VersionGraph.Row row : VersionGraph.rows(graph.versions())) {
      ObjectBodies.@Nullable Version version = row.version();
      if (version == null) {
        table.row(row.drawing(), "", "", "", "", "", "");
      } else {
        table.row(
            row.drawing(),
            VersionNames.shortened(version.version()),
            version.state(),
            version.deleted() ? "deleted" : Sizes.text(version.size()),
            version.modified(),
            version.author(),
            graph.heads().contains(version.version()) ? "head" : "");
      }
    }
    return table;
  }
}
