// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UnknownOutcomeException;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.protocol.WireJson;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes a node out of the cluster for good. */
@Command(
    name = "remove",
    description = {
      "Remove a node from the cluster; its copies move to others.",
      "",
      "Ends when the node is out; its process then ends with exit code 71. A removal that broke off"
          + " is finished by asking again. A node that is dead can be removed as well. To add it again"
          + " as a new one, start it with an empty data folder.",
      "",
      "While copies are still being moved, --cancel calls the removal off: the node stays, and what"
          + " was moved stays where it is now. Whoever waits for the removal ends with exit code 4. Once"
          + " the node is about to lose its vote it is too late, which ends with exit code 4 as well."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast cluster remove n4", "  holdfast cluster remove --cancel n4"})
final class RemoveCommand implements Callable<Integer> {
  /** The node moves copies for 20 s, then tells how many are left; the voters change at the end. */
  private static final Duration ANSWER = Duration.ofMinutes(2);

  @Mixin private NodeName named = new NodeName();

  @Option(names = "--cancel", description = "Call off a removal that is under way.")
  private boolean cancel;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  RemoveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The answer has no body once the node is out. */
  private static long copiesLeft(RestClient rest, RestRequest removal) {
    HttpResponse<byte[]> answer = rest.bytes(removal);
    return answer.body().length == 0
        ? 0
        : WireJson.answers().readValue(answer.body(), ClusterBodies.Draining.class).copiesLeft();
  }

  /** A first request whose answer is lost is not sent again: somebody may cancel it meanwhile. */
  private long begin(RestClient rest, RestRequest first, RestRequest further) {
    try {
      return copiesLeft(rest, first);
    } catch (UnknownOutcomeException e) {
      terminal.note("holdfast: " + e.getMessage() + "; asking how it goes");
    }
    try {
      return copiesLeft(rest, further);
    } catch (ProblemException e) {
      if (e.problem().status() == 404) {
        return 0; // It is out already.
      }
      throw e;
    }
  }

  @Override
  public Integer call() {
    String node = named.id();
    try (RestClient rest = servers.connect(terminal)) {
      String path = "/v1/cluster/nodes/" + UriText.component(node);
      if (cancel) {
        rest.done(RestRequest.of("DELETE", path + "/removal"));
        return tell("kept", node);
      }
      // Going on, unlike a new request, respects that somebody has cancelled meanwhile.
      RestRequest further =
          RestRequest.of("DELETE", path + "?continue=true").harmless().within(ANSWER);
      long left = begin(rest, RestRequest.of("DELETE", path).within(ANSWER), further);
      while (left > 0) {
        terminal.note("holdfast: " + left + " copies on " + node + " are still to be moved");
        left = copiesLeft(rest, further);
      }
      return tell("removed", node);
    }
  }

  private int tell(String what, String node) {
    if (output.json()) {
      terminal.json(Map.of(what, node));
    } else {
      terminal.line(what + " " + node);
    }
    return ExitCode.OK.code();
  }
}
