// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of node processes on this machine, run from a distribution: the folder that the system
 * property {@code holdfast.home} names, else the artifact {@code holdfast-distribution} on the
 * class path, else {@code cli/target/holdfast} in or above the working folder. Nodes run on JDK 25,
 * the tests on 17 or newer.
 *
 * <pre>{@code
 * try (LocalCluster cluster = LocalCluster.builder().nodes(3).heap("256m").start()) {
 *   cluster.leader().orElseThrow().kill();
 *   ...
 * }
 * }</pre>
 *
 * <p>Closing kills all that it started, and removes the data unless the test named the folder. The
 * environment variable {@code HOLDFAST_JVM_OPTS} adds flags to each node's JVM. Thread-safe.
 */
public final class LocalCluster implements AutoCloseable {
  private static final int SECRET_BYTES = 32;

  private final Builder settings;
  private final Path folder;
  private final boolean removesFolder;
  private final List<String> program;
  private final PortBlock ports;
  private final NodeApi api = new NodeApi();
  private final List<LocalNode> nodes = new CopyOnWriteArrayList<>();
  private boolean closed;

  private LocalCluster(Builder settings, List<String> program, Path folder) {
    this.settings = settings;
    this.program = program;
    this.folder = folder;
    this.removesFolder = settings.dataFolder == null;
    this.ports = PortBlock.reserve();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** All nodes, running or not, in the order of their ids. */
  public List<LocalNode> nodes() {
    return List.copyOf(nodes);
  }

  /** By place: {@code node(0)} is n1. */
  public LocalNode node(int index) {
    return nodes.get(index);
  }

  public LocalNode node(String id) {
    return nodes.stream()
        .filter(node -> node.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No node " + id + " in " + nodes));
  }

  public List<URI> apiUris() {
    return nodes.stream().map(LocalNode::apiUri).toList();
  }

  /** All nodes' data, logs and the cluster secret are below. */
  public Path folder() {
    return folder;
  }

  /** The distribution that its nodes run from; the command line is its {@code bin/holdfast}. */
  public Path home() {
    return settings.home();
  }

  /** The leader of the coordinator, if a running node knows of one that runs. */
  public Optional<LocalNode> leader() {
    return nodes.stream()
        .filter(LocalCluster::runs)
        .flatMap(node -> api.leader(node.apiUri()).stream())
        .flatMap(id -> nodes.stream().filter(node -> node.id().equals(id)))
        .filter(LocalCluster::runs)
        .findFirst();
  }

  /**
   * Waits until a running node leads.
   *
   * @throws AssertionError when none does in time
   */
  public LocalNode awaitLeader(Duration deadline) {
    List<LocalNode> found = new ArrayList<>();
    Await.until(
        deadline,
        () -> "a leader\n" + logTails(),
        () -> {
          leader().ifPresent(found::add);
          return !found.isEmpty();
        });
    return found.get(0);
  }

  /** Waits until every running node is ready. */
  public LocalCluster awaitReady(Duration deadline) {
    nodes.stream().filter(LocalCluster::runs).forEach(node -> node.awaitReady(deadline));
    return this;
  }

  private static boolean runs(LocalNode node) {
    return node.isAlive() && !node.isPaused();
  }

  /** Adds one more node and starts it, without waiting until it is ready. */
  public LocalNode join() {
    return joinAs(nodeId(nodes.size()));
  }

  /** {@link #join} under an id that may be in use already; data and ports are its own. */
  public synchronized LocalNode joinAs(String id) {
    String peers =
        IntStream.range(0, nodes.size())
            .mapToObj(i -> settings.host(i).address + ":" + ports.peer(i))
            .collect(Collectors.joining(","));
    return add(id, "--join", peers).start();
  }

  /** The last lines of every node's log, for failure messages. */
  public String logTails() {
    return nodes.stream().map(LocalNode::tail).collect(Collectors.joining("\n"));
  }

  /** Copies all logs to a folder, which is made when it is missing. */
  public void saveLogs(Path target) {
    try {
      Files.createDirectories(target);
      for (LocalNode node : nodes) {
        if (Files.exists(node.log())) {
          Files.copy(
              node.log(),
              target.resolve(node.log().getFileName()),
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot save the logs to " + target, e);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    nodes.stream().filter(LocalNode::isAlive).forEach(LocalNode::kill);
    api.close();
    ports.close();
    if (removesFolder) {
      delete(folder);
    }
  }

  private void startAll() {
    makeFolder();
    String founders =
        IntStream.range(0, settings.nodes)
            .mapToObj(i -> nodeId(i) + "=" + settings.host(i).address + ":" + ports.peer(i))
            .collect(Collectors.joining(","));
    for (int i = 0; i < settings.nodes; i++) {
      var unused = add(nodeId(i), "--found", founders).start();
    }
    nodes.forEach(node -> node.awaitReady(settings.startDeadline));
  }

  private LocalNode add(String id, String how, String peers) {
    int index = nodes.size();
    Host host = settings.host(index);
    String address = host.address + ":" + ports.api(index);
    Path data = folder.resolve(nodeId(index));
    List<String> command = new ArrayList<>(host.runner);
    command.addAll(program);
    command.addAll(List.of("--id", id, "--data", data.toString(), "--api", address));
    command.addAll(List.of("--secret-file", folder.resolve("secret").toString(), how, peers));
    if (settings.configFile != null) {
      command.addAll(List.of("--config", settings.configFile.toString()));
    }
    String labels = settings.labels.get(id);
    if (labels != null) {
      command.addAll(List.of("--labels", labels));
    }
    settings.options.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
    Path log = folder.resolve("logs").resolve(nodeId(index) + ".log");
    LocalNode node = new LocalNode(id, URI.create("http://" + address), data, log, command, api);
    nodes.add(node);
    return node;
  }

  private static String nodeId(int index) {
    return "n" + (index + 1);
  }

  private void makeFolder() {
    try {
      Files.createDirectories(folder.resolve("logs"));
      Path secret = folder.resolve("secret");
      if (!Files.exists(secret)) {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        Files.createFile(
            secret,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, HexFormat.of().formatHex(bytes) + "\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot prepare " + folder, e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> content = Files.walk(folder)) {
      for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot remove " + folder, e);
    }
  }

  /**
   * Where a node listens, and what is put before its command line, such as {@code ip netns exec
   * n1}.
   */
  private record Host(String address, List<String> runner) {
    static final Host HERE = new Host("127.0.0.1", List.of());
  }

  /** What the cluster is started with. */
  public static final class Builder {
    private int nodes = 3;
    private String heap = "256m";
    private Duration startDeadline = Duration.ofSeconds(90);
    private @Nullable Path dataFolder;
    private @Nullable Path home;
    private final List<String> jvmFlags = new ArrayList<>();
    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, String> labels = new HashMap<>();
    private final Map<String, Host> hosts = new HashMap<>();
    private @Nullable Path configFile;

    private Builder() {}

    /** 1 to 10, 3 by default. */
    public Builder nodes(int count) {
      if (count < 1 || count > PortBlock.NODES_MAX) {
        throw new IllegalArgumentException("1 to " + PortBlock.NODES_MAX + " nodes: " + count);
      }
      nodes = count;
      return this;
    }

    /** The largest heap of each node, as {@code -Xmx} takes it; 256m by default. */
    public Builder heap(String size) {
      heap = size;
      return this;
    }

    /** Where data and logs go, and stay after the close; a folder of its own by default. */
    public Builder dataFolder(Path folder) {
      dataFolder = folder.toAbsolutePath();
      return this;
    }

    /** Another distribution than the one that would be found. */
    public Builder home(Path distribution) {
      home = distribution.toAbsolutePath();
      return this;
    }

    /** A key of the node's configuration, such as {@code raft.snapshotEntries}. */
    public Builder option(String key, String value) {
      options.put(key, value);
      return this;
    }

    /** What placement policies may know about one node, such as {@code zone=eu,rack=r1}. */
    public Builder labels(String nodeId, String keysAndValues) {
      labels.put(nodeId, keysAndValues);
      return this;
    }

    /**
     * Where one node listens instead of {@code 127.0.0.1}, such as in a network namespace.
     *
     * @param runner what is put before its command line; it must become the node by {@code exec}
     */
    public Builder host(String nodeId, String address, String... runner) {
      hosts.put(nodeId, new Host(address, List.of(runner)));
      return this;
    }

    private Host host(int index) {
      return hosts.getOrDefault(nodeId(index), Host.HERE);
    }

    /** A {@code holdfast.yaml} that each node reads at each of its starts; options win over it. */
    public Builder configFile(Path file) {
      configFile = file.toAbsolutePath();
      return this;
    }

    /** One more flag, without blanks, for the JVM of each node. */
    public Builder jvmFlag(String flag) {
      jvmFlags.add(flag);
      return this;
    }

    /** How long all nodes together may take until they are ready; 90 s by default. */
    public Builder startDeadline(Duration deadline) {
      startDeadline = deadline;
      return this;
    }

    /**
     * Starts the nodes and waits until all are ready.
     *
     * @throws IllegalStateException with the ends of the logs when they are not in time, or when
     *     one has ended; nothing is left running then
     */
    public LocalCluster start() {
      LocalCluster cluster = new LocalCluster(this, command(), chooseFolder());
      try {
        cluster.startAll();
        return cluster;
      } catch (RuntimeException e) {
        // Why one node is not ready, another may know.
        RuntimeException told = new IllegalStateException(e.getMessage() + cluster.logTails(), e);
        try {
          cluster.close();
        } catch (RuntimeException again) {
          told.addSuppressed(again);
        }
        throw told;
      }
    }

    private List<String> command() {
      List<String> flags = new ArrayList<>(List.of("-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError"));
      flags.addAll(Distribution.words(System.getenv("HOLDFAST_JVM_OPTS")));
      flags.addAll(jvmFlags);
      return Distribution.nodeCommand(home(), flags);
    }

    /** The distribution that the nodes will run from. */
    public Path home() {
      return home != null ? home : Distribution.home();
    }

    private Path chooseFolder() {
      try {
        return dataFolder != null ? dataFolder : Files.createTempDirectory("holdfast-test-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
