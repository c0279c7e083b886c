// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.folder.ProcessStamp;
import dev.holdfast.cli.folder.RunningNodes.RunningNode;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.node.NodeProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The nodes of a cluster on this machine: those that run already, and the processes that this
 * command starts. It stops the latter alone.
 */
final class LocalCluster {
  private static final Duration STEP = Duration.ofMillis(50);
  private static final int LOG_LINES = 15;

  private final ClusterFolder folder;
  private final NodeProgram program;
  private final LongSupplier nanoTime;
  private final List<RunningNode> running;
  private final Map<String, Process> servers = new LinkedHashMap<>();
  private final Map<NodeAddress, Process> processes = new LinkedHashMap<>();

  /**
   * @param running what runs already
   */
  LocalCluster(
      ClusterFolder folder, NodeProgram program, LongSupplier nanoTime, List<RunningNode> running) {
    this.folder = folder;
    this.program = program;
    this.nanoTime = nanoTime;
    this.running = List.copyOf(running);
  }

  /**
   * Starts the servers of the cluster's own ensemble, if it has one, and waits until they serve.
   *
   * @throws CommandException when they do not in time
   */
  void startEnsemble(Duration limit) {
    if (!folder.layout().hasEnsemble()) {
      return;
    }
    LocalEnsemble ensemble = new LocalEnsemble(folder, nanoTime);
    synchronized (this) {
      servers.putAll(ensemble.start(running.stream().map(RunningNode::id).toList()));
      record();
    }
    ensemble.awaitServing(servers, limit);
  }

  /** Starts all members that do not run; each is on record before the next one starts. */
  synchronized void start() {
    for (NodeAddress node : folder.members(folder.layout())) {
      if (runs(node).isPresent()) {
        continue;
      }
      Path log = folder.log(node);
      try {
        Files.deleteIfExists(previous(log));
        if (Files.exists(log)) {
          Files.move(log, previous(log));
        }
        processes.put(node, program.start(NodeFlags.of(folder, node), log, folder.path()));
      } catch (IOException e) {
        throw new CommandException(
            ExitCode.UNAVAILABLE, "cannot start " + node.id() + ": " + e.getMessage(), "", e);
      }
      record();
    }
  }

  /** The process of a node that ran before this command. */
  private Optional<ProcessHandle> runs(NodeAddress node) {
    return running.stream()
        .filter(one -> one.id().equals(node.id()))
        .flatMap(one -> one.process().alive().stream())
        .findFirst();
  }

  private void record() {
    folder.saveRunning(stamps());
  }

  private static Path previous(Path log) {
    return log.resolveSibling(log.getFileName() + ".1");
  }

  private List<RunningNode> stamps() {
    List<RunningNode> stamps =
        new ArrayList<>(running.stream().filter(one -> one.process().alive().isPresent()).toList());
    servers.forEach((id, process) ->
        ProcessStamp.of(process.pid()).ifPresent(stamp -> stamps.add(new RunningNode(id, stamp))));
    processes.forEach((node, process) ->
        ProcessStamp.of(process.pid())
            .ifPresent(stamp -> stamps.add(new RunningNode(node.id(), stamp))));
    return stamps;
  }

  /**
   * Returns when every node is ready. One that learns at its start that it was removed from the
   * cluster is no node of it any more.
   *
   * @throws CommandException when one ends before, or the time is over
   */
  void awaitReady(NodeProbe probe, Duration limit) {
    long deadline = nanoTime.getAsLong() + limit.toNanos();
    List<NodeAddress> waiting = new ArrayList<>(nodes().keySet());
    while (true) {
      started().forEach(this::requireAlive);
      waiting.retainAll(nodes().keySet());
      waiting.removeIf(probe::isReady);
      if (waiting.isEmpty()) {
        return;
      }
      if (nanoTime.getAsLong() > deadline) {
        NodeAddress first = waiting.get(0);
        throw new CommandException(
            ExitCode.UNAVAILABLE,
            first.id() + " is not ready after " + limit.toSeconds() + " s" + lastWords(first),
            "read " + folder.log(first) + "; more time: --timeout 5m");
      }
      sleep(STEP);
    }
  }

  private void requireAlive(NodeAddress node, Process process) {
    if (!process.isAlive() && process.exitValue() == NodeProcess.REMOVED) {
      forget(node);
    } else if (!process.isAlive()) {
      throw new CommandException(
          ExitCode.UNAVAILABLE,
          node.id() + " ended at its start with exit code " + process.exitValue() + lastWords(node),
          "the whole log is " + folder.log(node));
    }
  }

  private synchronized void forget(NodeAddress node) {
    processes.remove(node);
    record();
  }

  /** The end of a log, indented, ready to follow a sentence. */
  String lastWords(NodeAddress node) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(folder.log(node)), StandardCharsets.UTF_8).lines().toList();
      List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
      return last.isEmpty() ? "; its log is empty" : ":\n    " + String.join("\n    ", last);
    } catch (IOException e) {
      return "; its log cannot be read: " + e.getMessage();
    }
  }

  /** All nodes that run, in their order. */
  synchronized Map<NodeAddress, ProcessHandle> nodes() {
    Map<NodeAddress, ProcessHandle> nodes = new LinkedHashMap<>();
    for (NodeAddress node : folder.layout().addresses()) {
      Process process = processes.get(node);
      if (process != null) {
        nodes.put(node, process.toHandle());
      } else {
        runs(node).ifPresent(handle -> nodes.put(node, handle));
      }
    }
    return nodes;
  }

  /** Those that this command started. */
  synchronized Map<NodeAddress, Process> started() {
    return new LinkedHashMap<>(processes);
  }

  int startedCount() {
    return started().size();
  }

  /** Returns when all that was started has ended: asked at first, forced when the grace is over. */
  void stop(Duration grace) {
    end(started().values().stream().map(Process::toHandle).toList(), grace, nanoTime);
    // Last: nodes say good-bye to them.
    end(servers.values().stream().map(Process::toHandle).toList(), grace, nanoTime);
    forgetStarted();
  }

  /** What this command started has ended. */
  void forgetStarted() {
    List<RunningNode> left =
        running.stream().filter(one -> one.process().alive().isPresent()).toList();
    if (left.isEmpty()) {
      folder.forgetRunning();
    } else {
      folder.saveRunning(left);
    }
  }

  /** Returns the processes that had to be killed. */
  static List<ProcessHandle> end(
      List<ProcessHandle> handles, Duration grace, LongSupplier nanoTime) {
    handles.forEach(ProcessHandle::destroy);
    awaitEnd(handles, grace, nanoTime);
    List<ProcessHandle> stubborn = handles.stream().filter(ProcessHandle::isAlive).toList();
    stubborn.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(stubborn, grace, nanoTime);
    return stubborn;
  }

  private static void awaitEnd(List<ProcessHandle> handles, Duration limit, LongSupplier nanoTime) {
    long deadline = nanoTime.getAsLong() + limit.toNanos();
    while (handles.stream().anyMatch(ProcessHandle::isAlive) && nanoTime.getAsLong() < deadline) {
      sleep(STEP);
    }
  }

  static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(ExitCode.UNAVAILABLE, "interrupted", "", e);
    }
  }
}
