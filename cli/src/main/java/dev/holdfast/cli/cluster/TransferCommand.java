// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.ClusterBodies;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lets another voter lead, e.g. before the leader's machine is maintained. */
@Command(
    name = "transfer-leader",
    description = {
      "Let another voter lead.",
      "",
      "Ends when it leads; nothing happens when it does already. An observer cannot lead, which ends"
          + " with exit code 4, and an unknown node with 3."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cluster transfer-leader n2")
final class TransferCommand implements Callable<Integer> {
  private static final Duration ANSWER = Duration.ofSeconds(30);

  @Mixin private NodeName named = new NodeName();

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  TransferCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    String node = named.id();
    try (RestClient rest = servers.connect(terminal)) {
      rest.done(
          RestRequest.of("POST", "/v1/cluster/leader")
              .json(new ClusterBodies.Leader(node))
              .within(ANSWER));
      if (output.json()) {
        terminal.json(Map.of("leader", node));
      } else {
        terminal.line(node + " leads");
      }
      return ExitCode.OK.code();
    }
  }
}
