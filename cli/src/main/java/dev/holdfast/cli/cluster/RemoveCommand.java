package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.Escape;
import dev.holdfast.cli.rest.RestClient;
import dev.holdfast.cli.rest.RestRequest;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes a node out of the cluster for good. */
@Command(
    name = "remove",
    description = {
      "Remove a node from the cluster; its copies move to others.",
      "",
      "Ends when the node is out; its process then ends with exit code 71. A removal that broke off"
          + " is finished by asking again. A node that is dead can be removed as well. To add it again"
          + " as a new one, start it with an empty data folder."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cluster remove n4")
final class RemoveCommand implements Callable<Integer> {
  /** The node moves copies for 20 s, then tells how many are left; the voters change at the end. */
  private static final Duration ANSWER = Duration.ofMinutes(2);

  @Parameters(
      index = "0",
      paramLabel = "NODE",
      description = "Its id, as in 'holdfast cluster status'.")
  private String node = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  RemoveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private static long copiesLeft(RestClient rest, RestRequest removal) {
    return rest.json(removal).path("copiesLeft").asLong(0);
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      RestRequest removal =
          RestRequest.of("DELETE", "/v1/cluster/nodes/" + Escape.component(node)).within(ANSWER);
      long left = copiesLeft(rest, removal);
      while (left > 0) {
        terminal.note("holdfast: " + left + " copies on " + node + " are still to be moved");
        left = copiesLeft(rest, removal);
      }
      if (output.json()) {
        terminal.json(Map.of("removed", node));
      } else {
        terminal.line("removed " + node);
      }
      return ExitCode.OK.code();
    }
  }
}
