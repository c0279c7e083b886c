// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.folder.ClusterLayout;
import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.local.EnsembleServer.Address;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Three ZooKeeper servers beside the nodes, each a process of its own, from the jars of the
 * distribution. Server {@code i} takes the three ports behind those of node {@code i}.
 */
final class LocalEnsemble {
  private static final int TICK_MILLIS = 1_000;
  private static final Duration STEP = Duration.ofMillis(100);

  private final ClusterFolder folder;
  private final LongSupplier nanoTime;

  LocalEnsemble(ClusterFolder folder, LongSupplier nanoTime) {
    this.folder = folder;
    this.nanoTime = nanoTime;
  }

  static List<Address> addresses(ClusterLayout layout) {
    return layout.ensemblePorts().stream()
        .map(port -> new Address(NodeAddress.HOST, port))
        .toList();
  }

  /**
   * Starts all servers but those that run; they find each other.
   *
   * @param running ids of those
   */
  Map<String, Process> start(List<String> running) {
    Map<String, Process> started = new LinkedHashMap<>();
    for (int server = 0; server < ClusterLayout.SERVERS; server++) {
      String id = EnsembleServer.id(server);
      try {
        if (!running.contains(id)) {
          started.put(id, start(server));
        }
      } catch (IOException e) {
        started.values().forEach(Process::destroy);
        throw new CommandException(
            ExitCode.UNAVAILABLE, "cannot start " + id + ": " + e.getMessage(), "", e);
      }
    }
    return started;
  }

  private Process start(int server) throws IOException {
    Path home = folder.path().resolve("zookeeper").resolve(EnsembleServer.id(server));
    EnsembleServer program =
        new EnsembleServer(server, home, addresses(folder.layout()), TICK_MILLIS);
    List<String> line = new ArrayList<>(NodeProgram.detached());
    // Run in the distribution: its path may have a colon, and that of its jars must not.
    line.addAll(program.prepare(Path.of("")));
    return new ProcessBuilder(line)
        .directory(Path.of(System.getProperty("holdfast.home", ".")).toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log(server).toFile()))
        .start();
  }

  private Path log(int server) {
    return folder.path().resolve("logs").resolve(EnsembleServer.id(server) + ".log");
  }

  /**
   * Returns when a majority serves; where some ran already, when those that were started do.
   *
   * @throws CommandException when a server ends before, or the time is over
   */
  void awaitServing(Map<String, Process> servers, Duration limit) {
    long deadline = nanoTime.getAsLong() + limit.toNanos();
    while (servers.size() == ClusterLayout.SERVERS
        ? !serves()
        : !servers.keySet().stream().allMatch(this::serves)) {
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
        > ClusterLayout.SERVERS / 2;
  }
}
