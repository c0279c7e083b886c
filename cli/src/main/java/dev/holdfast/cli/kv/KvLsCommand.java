// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.MapBodies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "ls",
    description = "List the keys of a map, with their versions.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast kv ls", "  holdfast kv ls --map config limits/ --json"})
final class KvLsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "How the keys begin. Default: all.")
  private String prefix = "";

  @Mixin private KvOptions options = new KvOptions();
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  KvLsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      List<MapBodies.Entry> rows = all(rest);
      if (output.json()) {
        terminal.json(Map.of("map", options.map(), "entries", rows));
      } else {
        Table table = new Table("KEY", "VERSION");
        rows.forEach(row -> table.row(row.key(), Long.toString(row.version())));
        table.lines().forEach(terminal::line);
      }
      return ExitCode.OK.code();
    }
  }

  private List<MapBodies.Entry> all(RestClient rest) {
    String target =
        "/v1/map?map=" + UriText.component(options.map()) + "&prefix=" + UriText.component(prefix);
    List<MapBodies.Entry> entries = new ArrayList<>();
    String after = "";
    do {
      String page = after.isEmpty() ? target : target + "&after=" + UriText.component(after);
      MapBodies.Page listing = rest.read(RestRequest.of("GET", page), MapBodies.Page.class);
      entries.addAll(listing.entries());
      after = listing.next() == null ? "" : listing.next();
    } while (!after.isEmpty());
    return entries;
  }
}
