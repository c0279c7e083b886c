// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.ObjectsClient.Listing;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists keys. */
@Command(
    name = "ls",
    description = {
      "List the keys that begin with PREFIX, down to the next slash.",
      "",
      "A provisional object is one of which nothing is agreed on yet; -l marks it.",
      "",
      "Exit code 5 when two nodes or more could not be asked, so that keys may be missing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast ls                  the top",
      "  holdfast ls backup/photos/   one folder",
      "  holdfast ls -l -r backup/    everything below, with size and time",
    })
final class LsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "How the keys begin. Default: all keys.")
  private String prefix = "";

  @Option(
      names = {"-l", "--long"},
      description = "Also size, time, version and state.")
  private boolean details;

  @Option(
      names = {"-r", "--recursive"},
      description = "All keys, not only down to the next slash.")
  private boolean recursive;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  LsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      Listing listing = new ObjectsClient(rest).list(prefix, recursive ? "" : "/");
      if (output.json()) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("objects", listing.objects());
        document.put("prefixes", listing.prefixes());
        document.put("complete", listing.complete());
        terminal.json(document);
      } else if (details) {
        table(listing).lines().forEach(terminal::line);
      } else {
        listing.prefixes().forEach(terminal::line);
        listing.objects().forEach(info -> terminal.line(info.key()));
        noteProvisional(listing);
      }
      ListingGap.requireNoGap(terminal, rest, listing);
      return ExitCode.OK.code();
    }
  }

  /** The keys alone are for scripts as well: they stay as they are. */
  private void noteProvisional(Listing listing) {
    long provisional =
        listing.objects().stream()
            .filter(info -> ObjectBodies.PROVISIONAL.equals(info.state()))
            .count();
    if (provisional > 0) {
      terminal.note(
          "holdfast: %d of these are provisional; 'ls -l' marks them".formatted(provisional));
    }
  }

  private static Table table(Listing listing) {
    Table table = new Table("SIZE", "MODIFIED", "VERSION", "STATE", "KEY");
    listing.prefixes().forEach(folded -> table.row("-", "-", "-", "-", folded));
    for (ObjectBodies.Info info : listing.objects()) {
      table.row(
          Long.toString(info.size()),
          info.modified() == null ? "-" : info.modified(),
          VersionNames.shortened(info.version()),
          info.state() == null ? ObjectBodies.CONFIRMED : info.state(),
          info.key());
    }
    return table;
  }
}
