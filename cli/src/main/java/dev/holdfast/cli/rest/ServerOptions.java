// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.rest;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.protocol.DurationText;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which cluster a command talks to, and how long it tries. */
public final class ServerOptions {
  static final List<ServerAddress> LOCAL_CLUSTER =
      ServerAddress.parseAll("127.0.0.1:7600,127.0.0.1:7610,127.0.0.1:7620");

  @Option(
      names = "--server",
      paramLabel = "URL,...",
      description =
          "Nodes to talk to, any of them. Default: HOLDFAST_SERVERS, else the cluster in .holdfast/,"
              + " else 127.0.0.1:7600,7610,7620.")
  private String server = "";

  @Option(
      names = "--patience",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "How long to keep trying while no node can answer, e.g. during a fail-over."
              + " Default: ${DEFAULT-VALUE}.")
  private String patience = "10s";

  /** The caller closes it. */
  public RestClient connect(Terminal terminal) {
    return new RestClient(servers(terminal), DurationText.parse(patience), terminal.nanos());
  }

  /** For what is no REST. */
  public List<ServerAddress> addresses(Terminal terminal) {
    return servers(terminal);
  }

  List<ServerAddress> servers(Terminal terminal) {
    String named =
        server.isBlank() ? terminal.environment().getOrDefault("HOLDFAST_SERVERS", "") : server;
    if (!named.isBlank()) {
      return parse(named);
    }
    Optional<ClusterFolder> local = ClusterFolder.existing(terminal.resolve(ClusterFolder.DEFAULT));
    return local
        .map(folder ->
            folder.layout().apis().stream()
                .map(api -> ServerAddress.parse(api.toString()))
                .toList())
        .orElse(LOCAL_CLUSTER);
  }

  private static List<ServerAddress> parse(String list) {
    try {
      return ServerAddress.parseAll(list);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()), "", e);
    }
  }
}
