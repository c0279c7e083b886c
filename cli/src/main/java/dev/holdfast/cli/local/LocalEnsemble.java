package dev.holdfast.cli.local;

import dev.holdfast.cli.local.EnsembleServer.Address;
import dev.holdfast.cli.local.RunningNodes.RunningNode;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Three ZooKeeper servers beside the nodes, each a process of its own, from the jars of the
 * distribution. Server {@code i} takes the three ports behind those of node {@code i}.
 */
final class LocalEnsemble {
  static final int SERVERS = 3;

  private static final int TICK_MILLIS = 1_000;
  private static final Duration STEP = Duration.ofMillis(100);

  private final ClusterFolder folder;
  private final LongSupplier nanoTime;

  LocalEnsemble(ClusterFolder folder, LongSupplier nanoTime) {
    this.folder = folder;
    this.nanoTime = nanoTime;
  }

  static List<Address> addresses(ClusterLayout layout) {
    return IntStream.range(0, SERVERS)
        .mapToObj(server ->
            new Address(NodeAddress.HOST, layout.port() + ClusterLayout.STEP * server + 3))
        .toList();
  }

  /** Starts all servers; they find each other. */
  Map<String, Process> start() {
    Map<String, Process> started = new LinkedHashMap<>();
    for (int server = 0; server < SERVERS; server++) {
      try {
        started.put(EnsembleServer.id(server), start(server));
      } catch (IOException e) {
        started.values().forEach(Process::destroy);
        throw new CommandException(
            ExitCode.UNAVAILABLE,
            "cannot start " + EnsembleServer.id(server) + ": " + e.getMessage(),
            "",
            e);
      }
    }
    return started;
  }

  /**
   * Starts the servers that do not run, beside nodes that do, and waits until each serves.
   *
   * @param running of the cluster: nodes and servers
   * @return the ids of those that were started; each is on record in run.json
   */
  List<String> startMissing(RunningNodes running, Duration limit) {
    Map<String, Process> started = new LinkedHashMap<>();
    List<RunningNode> all = new ArrayList<>(running.alive());
    for (int server = 0; server < SERVERS; server++) {
      String id = EnsembleServer.id(server);
      if (all.stream().anyMatch(one -> one.id().equals(id))) {
        continue;
      }
      try {
        Process process = start(server);
        started.put(id, process);
        ProcessStamp.of(process.pid()).ifPresent(stamp -> all.add(new RunningNode(id, stamp)));
        folder.saveRunning(new RunningNodes(all));
      } catch (IOException e) {
        throw new CommandException(
            ExitCode.UNAVAILABLE, "cannot start " + id + ": " + e.getMessage(), "", e);
      }
    }
    await(started, limit, () -> started.keySet().stream().allMatch(this::serves));
    return List.copyOf(started.keySet());
  }

  private Process start(int server) throws IOException {
    Path home = folder.path().resolve("zookeeper").resolve(EnsembleServer.id(server));
    EnsembleServer program =
        new EnsembleServer(server, home, addresses(folder.layout()), TICK_MILLIS);
    List<String> line = new ArrayList<>(NodeProgram.detached());
    line.addAll(program.prepare(Path.of(System.getProperty("holdfast.home", "."))));
    return new ProcessBuilder(line)
        .directory(home.toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log(server).toFile()))
        .start();
  }

  private Path log(int server) {
    return folder.path().resolve("logs").resolve(EnsembleServer.id(server) + ".log");
  }

  /**
   * Returns when a majority serves.
   *
   * @throws CommandException when a server ends before, or the time is over
   */
  void awaitServing(Map<String, Process> servers, Duration limit) {
    await(servers, limit, this::serves);
  }

  private void await(Map<String, Process> servers, Duration limit, BooleanSupplier serves) {
    long deadline = nanoTime.getAsLong() + limit.toNanos();
    while (!serves.getAsBoolean()) {
      servers.forEach((id, process) -> {
        if (!process.isAlive()) {
          throw new CommandException(
              ExitCode.UNAVAILABLE,
              "the ZooKeeper server " + id + " ended with exit code " + process.exitValue(),
              "its log is in " + folder.path().resolve("logs"));
        }
      });
      if (nanoTime.getAsLong() > deadline) {
        throw new CommandException(
            ExitCode.UNAVAILABLE,
            "the ZooKeeper servers have found no majority after " + limit.toSeconds() + " s",
            "their logs are in " + folder.path().resolve("logs"));
      }
      LocalCluster.sleep(STEP);
    }
  }

  private boolean serves(String id) {
    int server = Integer.parseInt(id.substring("zk".length())) - 1;
    return addresses(folder.layout()).get(server).mode().isPresent();
  }

  private boolean serves() {
    return addresses(folder.layout()).stream().filter(server -> server.mode().isPresent()).count()
        > SERVERS / 2;
  }
}
