// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RequestBody;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.node.Node;
import dev.holdfast.node.config.ConfigException;
import dev.holdfast.node.config.Logging;
import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.protocol.SessionBodies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.io.file.PathUtils;
import picocli.CommandLine.Command;

/**
 * A cluster inside this process, used for a moment and thrown away. What the JVM learns of it the
 * launcher keeps for the nodes to come; nobody else needs this command. One node would not do: half
 * of what a node loads at its start is for its peers.
 */
@Command(
    name = "warm-up",
    hidden = true,
    description = "Run nodes for a moment, so that the JVM can learn how they start.")
final class WarmUpCommand implements Callable<Integer> {
  private static final int NODES = 3;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ROUNDS = 20;
  private static final int SMALL_BYTES = 1_000;

  /** More than one chunk. */
  private static final int BIG_BYTES = 9 << 20;

  private final Terminal terminal;

  WarmUpCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    haltWhenItHangs();
    Path folder = Files.createTempDirectory("holdfast-warm-up-");
    try {
      run(configs(folder));
    } finally {
      PathUtils.deleteDirectory(folder);
    }
    return ExitCode.OK.code();
  }

  /** Somebody waits for the cluster that this delays. */
  private static void haltWhenItHangs() {
    Thread.ofPlatform()
        .daemon()
        .name("warm-up-limit")
        .start(() -> {
          try {
            Thread.sleep(LIMIT);
            Runtime.getRuntime().halt(ExitCode.UNAVAILABLE.code());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void run(List<NodeConfig> configs) throws InterruptedException, ExecutionException {
    NodeConfig first = configs.get(0);
    Logging.configure(first.logLevel(), first.logFormat(), first.id());
    List<Node> nodes = new ArrayList<>();
    // Each waits at its start until it has heard of the others.
    try (ExecutorService starts = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Node>> all = new ArrayList<>();
      configs.forEach(config -> all.add(() -> new Node(config, terminal.home(), this::tell)));
      for (Future<Node> started : starts.invokeAll(all)) {
        nodes.add(started.get());
      }
      List<ServerAddress> apis =
          configs.stream().map(c -> ServerAddress.parse(c.api().toString())).toList();
      for (ServerAddress api : apis) {
        try (RestClient rest = new RestClient(List.of(api), PATIENCE, terminal.nanos())) {
          use(rest);
        }
      }
    } finally {
      // At once: the last ones would find no majority to say goodbye to.
      nodes.parallelStream().forEach(Node::close);
    }
  }

  private static List<NodeConfig> configs(Path folder) throws IOException, ConfigException {
    List<Integer> ports = freePorts(3 * NODES);
    String founders =
        IntStream.range(0, NODES)
            .mapToObj(i -> "n" + i + "=" + address(ports.get(3 * i)))
            .collect(Collectors.joining(","));
    List<NodeConfig> configs = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      Map<String, String> settings =
          Map.of(
              "node.id", "n" + i,
              "node.data", folder.resolve("n" + i).toString(),
              "node.peer", address(ports.get(3 * i)),
              "node.raft", address(ports.get(3 * i + 1)),
              "node.api", address(ports.get(3 * i + 2)),
              "cluster.secretFile", folder.resolve("secret").toString(),
              "cluster.found", founders);
      Map<String, NodeConfig.Flag> flags = new HashMap<>();
      settings.forEach((key, value) -> flags.put(key, new NodeConfig.Flag(key, value)));
      configs.add(NodeConfig.read(Optional.empty(), Map.of(), flags));
    }
    return configs;
  }

  /** All are held at once, so that they differ. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private static String address(int port) {
    return NodeAddress.HOST + ":" + port;
  }

  private void tell(Throwable fatal) {
    terminal.note("holdfast: a node must end: " + fatal);
  }

  private static void use(RestClient rest) {
    rest.done(RestRequest.of("GET", "/health/ready"));
    String session =
        rest.read(
                RestRequest.of("POST", "/v1/sessions").json(new SessionBodies.Create("10s")),
                SessionBodies.Info.class)
            .session();
    for (int i = 0; i < ROUNDS; i++) {
      rest.done(RestRequest.of("POST", "/v1/sessions/" + session + "/keepalive"));
      String lock = "/v1/locks/warm-up-" + i;
      rest.done(RestRequest.of("POST", lock).json(Map.of("session", session, "holder", "warm-up")));
      rest.done(RestRequest.of("GET", lock));
      storeAndRead(rest, "small/" + i, SMALL_BYTES);
      rest.done(RestRequest.of("DELETE", lock + "?session=" + session + "&holder=warm-up"));
    }
    storeAndRead(rest, "big", BIG_BYTES);
    for (String page : List.of("/v1/objects?prefix=small/", "/v1/locks", "/v1/cluster")) {
      rest.done(RestRequest.of("GET", page));
    }
    rest.done(RestRequest.of("GET", "/metrics"));
    rest.done(RestRequest.of("DELETE", "/v1/sessions/" + session));
  }

  private static void storeAndRead(RestClient rest, String key, int bytes) {
    byte[] content = new byte[bytes];
    rest.done(
        RestRequest.of("PUT", "/v1/objects/" + key)
            .header("Content-Type", "application/octet-stream")
            .body(RequestBody.of(content)));
    rest.done(RestRequest.of("GET", "/v1/objects/" + key));
  }
}
