// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ShellWords;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/**
 * A node joins by itself when it is started with the addresses of members, so adding one is to
 * start it in the right way: this tells the command, and waits until the node is a member.
 */
@Command(
    name = "add",
    description = {
      "Tell how to start a further node, and wait until it is a member.",
      "",
      "Prints the exact command, to be run where the node shall live, with the peer addresses of this"
          + " cluster. Then waits until the node is a healthy member. The node needs the cluster"
          + " secret: copy the file of another node, readable by its owner alone. NODE is an id that is"
          + " not in use. Ends with exit code 4"
          + " when the id is taken by a node that is alive, with 5 when the node is no member in time;"
          + " it may be asked again."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast cluster add n4 --data /srv/holdfast --api 10.0.0.4:7600 --secret-file secret",
      "  holdfast cluster add n4 --data ./n4 --api 127.0.0.1:7630 --no-wait"
    })
final class AddCommand implements Callable<Integer> {
  private static final long POLL_NANOS = Duration.ofMillis(500).toNanos();

  @Mixin private NodeName named = new NodeName();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Its data folder, empty or missing, on its machine.")
  private String data = "";

  @Option(
      names = "--api",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7600",
      description =
          "Where clients shall reach it; peer and Raft port are the next two."
              + " Default: ${DEFAULT-VALUE}.")
  private String api = "";

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "The cluster secret, on its machine. Default: 'secret' in its data folder.")
  private String secretFile = "";

  @Option(names = "--labels", paramLabel = "K=V,...", description = "Labels for placement.")
  private String labels = "";

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT,...",
      description = "Peer addresses of members. Default: those that the cluster tells.")
  private String join = "";

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "10m",
      description = "How long to wait until it is a member. Default: ${DEFAULT-VALUE}.")
  private String timeout = "10m";

  @Option(names = "--no-wait", description = "Print the command and end.")
  private boolean noWait;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  /** From the command line, once it is read. */
  private String node = "";

  AddCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    node = named.id();
    Duration patience = DurationText.parse(timeout);
    try (RestClient rest = servers.connect(terminal)) {
      JsonNode status = status(rest);
      boolean alive = isMember(status);
      String command = command(status);
      if (alive && noWait) {
        throw new CommandException(
            ExitCode.REFUSED, node + " is a member and alive", "choose another --node");
      }
      if (!alive && !output.json()) {
        terminal.line(command);
      } else if (!alive) {
        terminal.note("holdfast: run: " + command);
      }
      if (!noWait) {
        await(rest, patience);
      }
      tell(command);
      return ExitCode.OK.code();
    }
  }

  private void tell(String command) {
    if (output.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("node", node);
      result.put("command", command);
      result.put("member", !noWait);
      terminal.json(result);
    } else if (!noWait) {
      terminal.line(node + " is a member");
    }
  }

  private void await(RestClient rest, Duration patience) {
    long end = terminal.nanos().getAsLong() + patience.toNanos();
    terminal.note("holdfast: waiting until " + node + " is a member");
    while (!isMember(status(rest))) {
      if (terminal.nanos().getAsLong() - end > 0) {
        throw new CommandException(
            ExitCode.UNAVAILABLE,
            node + " is no member after " + timeout,
            "look at its log and at /health/ready of it, then run this command again");
      }
      LockSupport.parkNanos(POLL_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new CommandException(ExitCode.UNAVAILABLE, "interrupted", "");
      }
    }
  }

  private static JsonNode status(RestClient rest) {
    return rest.read(RestRequest.of("GET", "/v1/cluster"), JsonNode.class);
  }

  /** A member that is not alive may be started anew, or be replaced by an empty one. */
  private boolean isMember(JsonNode status) {
    Optional<JsonNode> row =
        status
            .path("nodes")
            .valueStream()
            .filter(one -> one.path("id").asString("").equals(node))
            .findFirst();
    return row.isPresent() && !row.get().path("health").asString("").equals("offline");
  }

  private String command(JsonNode status) {
    String peers =
        !join.isEmpty()
            ? join
            : status
                .path("nodes")
                .valueStream()
                .filter(one -> !one.path("id").asString("").equals(node))
                .map(one -> one.path("peer").asString(""))
                .filter(peer -> !peer.isEmpty())
                .collect(Collectors.joining(","));
    List<String> words = new ArrayList<>(List.of("holdfast", "node", "--id", node));
    words.addAll(List.of("--data", data, "--api", api, "--join", peers));
    if (!secretFile.isEmpty()) {
      words.addAll(List.of("--secret-file", secretFile));
    }
    if (!labels.isEmpty()) {
      words.addAll(List.of("--labels", labels));
    }
    return words.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
  }
}
