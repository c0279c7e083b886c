// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Shows what a node answers; fields that this version does not know pass through with --json. */
@Command(
    name = "status",
    description = {
      "Show the nodes: role, state, health, space.",
      "",
      "Above them: the coordinator, who leads it, and whether a majority answers the asked node. On"
          + " ZooKeeper no node votes or leads: the role of each is member, and its servers are listed"
          + " below, as the asked node reaches them.",
      "",
      "Without a majority it shows what the asked node still knows, and ends with exit code 5. Then a"
          + " node that answers is unhealthy, and one that does not is offline."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast cluster status", "  holdfast cluster status --json | jq -r .leader"})
final class StatusCommand implements Callable<Integer> {
  private static final int NOT_FOUND = 404;
  private static final JsonNode NONE = JsonNodeFactory.instance.arrayNode();

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      JsonNode status = rest.read(RestRequest.of("GET", "/v1/cluster"), JsonNode.class);
      for (JsonNode warning : status.path("warnings")) {
        terminal.note("holdfast: warning: " + warning.asString(""));
      }
      JsonNode ensemble = hasServers(status) ? servers(rest) : NONE;
      if (output.json()) {
        terminal.json(withServers(status, ensemble));
      } else {
        show(status);
        showServers(ensemble);
      }
      return exitCode(status).code();
    }
  }

  private ExitCode exitCode(JsonNode status) {
    if (status.path("quorum").asBoolean(true)) {
      return ExitCode.OK;
    }
    List<String> offline =
        status
            .path("nodes")
            .valueStream()
            .filter(node -> node.path("health").asString("").equals("offline"))
            .map(node -> text(node, "id"))
            .toList();
    terminal.note("holdfast: no majority answers: nothing can be written, or read with agreement");
    if (!offline.isEmpty()) {
      terminal.note("  next: start " + String.join(", ", offline) + ", or mend the way to them");
    }
    return ExitCode.UNAVAILABLE;
  }

  private void show(JsonNode status) {
    terminal.line(
        "backend %s, %s, epoch %s"
            .formatted(
                status.path("backend").asString("unknown"),
                agreement(status),
                status.path("epoch").asString("unknown")));
    Table table =
        new Table("ID", "API", "ROLE", "STATE", "HEALTH", "FREE", "CAPACITY", "VERSION", "LABELS");
    for (JsonNode node : status.path("nodes")) {
      table.row(
          text(node, "id"),
          text(node, "api"),
          text(node, "role"),
          text(node, "state"),
          text(node, "health"),
          Sizes.text(node.path("freeBytes").asLong(0)),
          Sizes.text(node.path("capacityBytes").asLong(0)),
          text(node, "version"),
          labels(node.path("labels")));
    }
    table.lines().forEach(terminal::line);
  }

  private static boolean hasServers(JsonNode status) {
    return status.path("nodes").path(0).path("role").asString("").equals("member");
  }

  /** None from a node that is too old to know. */
  private static JsonNode servers(RestClient rest) {
    try {
      return rest.read(RestRequest.of("GET", "/v1/cluster/servers"), JsonNode.class)
          .path("servers");
    } catch (ProblemException e) {
      if (e.problem().status() == NOT_FOUND) {
        return NONE;
      }
      throw e;
    }
  }

  private static JsonNode withServers(JsonNode status, JsonNode ensemble) {
    if (!ensemble.isEmpty() && status instanceof ObjectNode object) {
      object.set("servers", ensemble);
    }
    return status;
  }

  private void showServers(JsonNode ensemble) {
    if (ensemble.isEmpty()) {
      return;
    }
    terminal.line("");
    Table table = new Table("SERVER", "STATE");
    for (JsonNode server : ensemble) {
      table.row(text(server, "address"), text(server, "state"));
    }
    table.lines().forEach(terminal::line);
  }

  /** Who leads, where a node does; and that nothing can be agreed on, when that is so. */
  private static String agreement(JsonNode status) {
    boolean quorum = status.path("quorum").asBoolean(true);
    if (hasServers(status)) {
      return quorum ? "its servers answer" : "no majority of its servers answers";
    }
    String leader = "leader " + status.path("leader").asString("none");
    return quorum ? leader : leader + ", no majority answers";
  }

  private static String text(JsonNode node, String field) {
    String value = node.path(field).asString("");
    return value.isEmpty() ? "-" : value;
  }

  private static String labels(JsonNode labels) {
    List<String> pairs = new ArrayList<>();
    labels
        .properties()
        .forEach(label -> pairs.add(label.getKey() + "=" + label.getValue().asString("")));
    return String.join(",", pairs);
  }
}
