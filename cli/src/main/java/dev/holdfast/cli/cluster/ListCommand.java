// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Who takes part in agreement, and where each listens: what changes of members need. */
@Command(
    name = "list",
    description = {
      "List the members: role, health, lag, version, labels and addresses.",
      "",
      "The role is leader, voter or observer; member on ZooKeeper, whose servers vote instead. The"
          + " lag is the number of commits that the node has not applied yet, - when it does not"
          + " answer the asked node."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast cluster list",
      "  holdfast cluster list --json | jq -r '.nodes[] | select(.role==\"observer\").id'"
    })
final class ListCommand implements Callable<Integer> {
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private record Row(
      String id,
      String role,
      String state,
      String health,
      long lag,
      Map<String, String> labels,
      String api,
      String peer,
      String raft,
      String version) {}

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      List<Row> rows = rows(rest.read(RestRequest.of("GET", "/v1/cluster"), JsonNode.class));
      if (output.json()) {
        terminal.json(new LinkedHashMap<>(Map.of("nodes", rows)));
      } else {
        show(rows);
      }
      return ExitCode.OK.code();
    }
  }

  private static List<Row> rows(JsonNode status) {
    List<Row> rows = new ArrayList<>();
    for (JsonNode node : status.path("nodes")) {
      Map<String, String> labels = new TreeMap<>();
      node.path("labels")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
      rows.add(
          new Row(
              text(node, "id"),
              text(node, "role").replace("follower", "voter"),
              text(node, "state"),
              text(node, "health"),
              node.path("lag").asLong(-1),
              labels,
              text(node, "api"),
              text(node, "peer"),
              text(node, "raft"),
              text(node, "version")));
    }
    return rows;
  }

  private void show(List<Row> rows) {
    Table table =
        new Table("ID", "ROLE", "HEALTH", "LAG", "API", "PEER", "RAFT", "VERSION", "LABELS");
    for (Row row : rows) {
      table.row(
          row.id(),
          row.role(),
          row.state().equals("draining") ? row.health() + ", leaving" : row.health(),
          row.lag() < 0 ? "-" : Long.toString(row.lag()),
          row.api(),
          row.peer(),
          row.raft(),
          row.version(),
          String.join(
              ",",
              row.labels().entrySet().stream()
                  .map(label -> label.getKey() + "=" + label.getValue())
                  .toList()));
    }
    table.lines().forEach(terminal::line);
  }

  private static String text(JsonNode node, String field) {
    String value = node.path(field).asString("");
    return value.isEmpty() ? "-" : value;
  }
}
