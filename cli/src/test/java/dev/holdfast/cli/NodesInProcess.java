// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import dev.holdfast.node.Node;
import dev.holdfast.node.config.ConfigException;
import dev.holdfast.node.config.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
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

/** Whole nodes in this JVM: real routes, real disks, the embedded Raft. */
public final class NodesInProcess implements AutoCloseable {
  private final List<Node> nodes = new ArrayList<>();
  private final List<String> apis;

  public NodesInProcess(Path folder, int count)
      throws IOException, ConfigException, InterruptedException, ExecutionException {
    List<NodeConfig> configs = configs(folder, freePorts(3 * count));
    apis = configs.stream().map(config -> "http://" + config.api()).toList();
    // Each waits at its start until it has heard of the others.
    try (ExecutorService starts = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Node>> all = new ArrayList<>();
      configs.forEach(config -> all.add(() -> new Node(config, folder, NodesInProcess::fatal)));
      for (Future<Node> started : starts.invokeAll(all)) {
        nodes.add(started.get());
      }
    }
  }

  /** Addresses for clients, such as {@code http://127.0.0.1:7600}. */
  public List<String> apis() {
    return apis;
  }

  /** Ends one of them, by its place in {@link #apis}. */
  public void stop(int node) {
    nodes.get(node).close();
  }

  private static List<NodeConfig> configs(Path folder, List<Integer> ports) throws ConfigException {
    int count = ports.size() / 3;
    String founders =
        IntStream.range(0, count)
            .mapToObj(i -> "n" + i + "=127.0.0.1:" + ports.get(3 * i))
            .collect(Collectors.joining(","));
    List<NodeConfig> configs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> settings =
          Map.of(
              "node.id", "n" + i,
              "node.data", folder.resolve("n" + i).toString(),
              "node.peer", "127.0.0.1:" + ports.get(3 * i),
              "node.raft", "127.0.0.1:" + ports.get(3 * i + 1),
              "node.api", "127.0.0.1:" + ports.get(3 * i + 2),
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

  private static void fatal(Throwable failure) {
    throw new AssertionError("a node must end", failure);
  }

  @Override
  public void close() {
    // At once: the last ones would find no majority to say goodbye to.
    nodes.parallelStream().forEach(Node::close);
  }
}
