// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.plugin;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Shows what a running node loaded; each node may differ, so --server names one. */
@Command(
    name = "list",
    description = "List the plugins that a running node loaded or refused, and why.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast plugin list", "  holdfast plugin list --server 127.0.0.1:7610 --json"})
final class ListCommand implements Callable<Integer> {
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      JsonNode listing = rest.read(RestRequest.of("GET", "/v1/plugins"), JsonNode.class);
      if (output.json()) {
        terminal.json(listing);
        return ExitCode.OK.code();
      }
      Table table = new Table("PLUGIN", "VERSION", "SOURCE", "STATE", "FAILURES", "REASON");
      for (JsonNode plugin : listing.path("plugins")) {
        long failures = 0;
        for (JsonNode policy : plugin.path("policies")) {
          failures += policy.path("failures").asLong(0);
        }
        table.row(
            plugin.path("id").asString("-"),
            plugin.path("version").asString("-"),
            plugin.path("source").asString("-"),
            plugin.path("state").asString("-"),
            Long.toString(failures),
            plugin.path("reason").asString(""));
      }
      table.lines().forEach(terminal::line);
      JsonNode placement = listing.path("placement");
      terminal.line(
          "placement by %s: %s"
              .formatted(
                  placement.path("policy").asString("unknown"),
                  placement.path("reason").asString("")));
      return ExitCode.OK.code();
    }
  }
}
