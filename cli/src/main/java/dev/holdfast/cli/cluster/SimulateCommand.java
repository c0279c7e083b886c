// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.PlacementBodies;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a change of the members would move, before it is made. */
@Command(
    name = "simulate",
    description = {
      "Show what would be moved if a node were added or removed; changes nothing.",
      "",
      "Reads the heads of all objects and asks the policy. Objects keep their holders, so a node that"
          + " is added gets copies of old objects only when they are too few or badly spread without"
          + " it; NEW says in what part of new ones it would share."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast cluster simulate remove n3",
      "  holdfast cluster simulate add n9 --labels rack=r7,zone=b"
    })
final class SimulateCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "add|remove", description = "What happens to the node.")
  private String change = "";

  @Parameters(index = "1", paramLabel = "NODE", description = "The id of the node.")
  private String node = "";

  @Option(names = "--labels", paramLabel = "NAME=VALUE,...", description = "Of the node to add.")
  private String labels = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  SimulateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!change.equals("add") && !change.equals("remove")) {
      throw new CommandException(
          ExitCode.USAGE, "'add' or 'remove' is needed, not '" + change + "'", "");
    }
    String more = labels.isEmpty() ? "" : "&labels=" + UriText.component(labels);
    try (RestClient rest = servers.connect(terminal)) {
      PlacementBodies.Simulation simulation =
          rest.read(
              RestRequest.of(
                  "GET", "/v1/cluster/simulate?" + change + "=" + UriText.component(node) + more),
              PlacementBodies.Simulation.class);
      if (output.json()) {
        terminal.json(simulation);
      } else {
        show(simulation);
      }
      return ExitCode.OK.code();
    }
  }

  private void show(PlacementBodies.Simulation simulation) {
    terminal.line(
        "If %s: %d of %d objects move, %s of %s"
            .formatted(
                simulation.change(),
                simulation.keysToMove(),
                simulation.keys(),
                Sizes.text(simulation.bytesToMove()),
                Sizes.text(simulation.bytes())));
    if (simulation.keysTooFew() > 0) {
      terminal.line(simulation.keysTooFew() + " objects would have fewer copies than wanted");
    }
    Table table = new Table("NODE", "COPIES", "SIZE", "IN", "SIZE IN", "OUT", "NEW");
    for (PlacementBodies.Share share : simulation.nodes()) {
      table.row(
          share.node(),
          Long.toString(share.keysBefore()),
          Sizes.text(share.bytesBefore()),
          Long.toString(share.keysIn()),
          Sizes.text(share.bytesIn()),
          Long.toString(share.keysOut()),
          percent(share.keysOfNew(), simulation.keys()));
    }
    table.lines().forEach(terminal::line);
  }

  private static String percent(long part, long whole) {
    return whole == 0 ? "-" : 100 * part / whole + " %";
  }
}
