// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.PlacementBodies;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Why the copies of one object are where they are. */
@Command(
    name = "explain",
    description = {
      "Show where the copies of an object are, and why.",
      "",
      "The nodes stand in the rank of the key. The holders are asked what they have on their disks."
          + " For a key without an object it shows where its copies would go."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cluster explain photos/cat.jpg")
final class ExplainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "KEY", description = "The key of an object.")
  private String key = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      PlacementBodies.Explanation explanation =
          rest.read(
              RestRequest.of("GET", "/v1/cluster/explain?key=" + UriText.component(key)),
              PlacementBodies.Explanation.class);
      if (output.json()) {
        terminal.json(explanation);
      } else {
        show(explanation);
      }
      return ExitCode.OK.code();
    }
  }

  private void show(PlacementBodies.Explanation explanation) {
    terminal.line(
        "%s: %d copies by %s; %s"
            .formatted(
                explanation.key(),
                explanation.copies(),
                explanation.policy(),
                explanation.choice()));
    terminal.line(explanation.verdict());
    Table table = new Table("RANK", "NODE", "STATE", "COPY", "CHOSEN", "LABELS", "WHY");
    for (PlacementBodies.Candidate node : explanation.nodes()) {
      table.row(
          node.rank() == 0 ? "-" : Integer.toString(node.rank()),
          node.node(),
          node.state().equals("active") ? node.liveness() : node.state(),
          node.copy().equals("none") ? "-" : node.copy(),
          node.chosen() ? "yes" : "-",
          labels(node.labels()),
          node.why());
    }
    table.lines().forEach(terminal::line);
  }

  private static String labels(Map<String, String> labels) {
    return labels.isEmpty()
        ? "-"
        : labels.entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .sorted()
            .collect(Collectors.joining(","));
  }
}
