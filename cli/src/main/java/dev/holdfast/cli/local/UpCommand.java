// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.folder.ClusterLayout;
import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.folder.RunningNodes.RunningNode;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ShellWords;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.NodeProcess;
import dev.holdfast.protocol.DurationText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts a cluster on this machine, shows it, and stays until Ctrl-C. */
@Command(
    name = "up",
    description = {
      "Start a cluster on this machine and wait until it is ready.",
      "",
      "Node n1 listens on the ports BASE (api), BASE+1 (peer) and BASE+2 (raft), n2 on BASE+10 and"
          + " so on, all on 127.0.0.1. Data is kept in DIR between runs. Ctrl-C stops the nodes"
          + " cleanly.",
      "",
      "When some of the nodes run already, the others are started. A node that was removed from the"
          + " cluster is left out. Delete its folder in DIR, and the next start adds it as a new one."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast up                        three nodes, until Ctrl-C",
      "  holdfast up --detach               the same in the background; 'holdfast down' stops it",
      "  holdfast up --nodes 1 --fresh      one node, all earlier data gone",
      "  holdfast up --coordinator zookeeper    with three ZooKeeper servers instead of Raft",
      "  holdfast up --label n1:zone=a --label n2:zone=b --label n3:zone=c",
      "  holdfast up --data /tmp/x --port 8600 --detach --json",
    })
final class UpCommand implements Callable<Integer> {
  static final Duration GRACE = Duration.ofSeconds(15);
  private static final Duration WATCH_STEP = Duration.ofMillis(200);

  @Mixin private LayoutRequest request = new LayoutRequest();
  @Mixin private DataOption data = new DataOption();

  @Option(names = "--fresh", description = "Delete the data in DIR first.")
  private boolean fresh;

  @Option(
      names = "--detach",
      description = "Return when the cluster is ready and leave it running.")
  private boolean detach;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "2m",
      description = "How long the nodes may take to become ready. Default: ${DEFAULT-VALUE}.")
  private String timeout = "2m";

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;
  private final NodeProgram program;
  private final NodeProbe probe;

  UpCommand(Terminal terminal, NodeProgram program) {
    this.terminal = terminal;
    this.probe = new NodeProbe(terminal.nanos());
    this.program = program;
  }

  @Override
  public Integer call() {
    Duration limit = DurationText.parse(timeout);
    try (ClusterFolder folder = openFolder()) {
      List<RunningNode> running = claim(folder);
      return run(folder, running, limit);
    }
  }

  private int run(ClusterFolder folder, List<RunningNode> running, Duration limit) {
    LocalCluster cluster = new LocalCluster(folder, program, terminal.nanos(), running);
    AtomicBoolean stopping = new AtomicBoolean();
    Thread onSignal =
        new Thread(
            () -> {
              stopping.set(true);
              terminal.note("holdfast: stopping " + cluster.startedCount() + " nodes");
              cluster.stop(GRACE);
            },
            "stop-nodes");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      folder.prepare();
      tellWhatStarts(folder, running);
      cluster.startEnsemble(limit);
      cluster.start();
      cluster.awaitReady(probe, limit);
      tellOfRemoved(folder, cluster);
    } catch (RuntimeException e) {
      if (withdraw(onSignal)) {
        cluster.stop(GRACE);
      }
      throw e;
    }
    show(cluster);
    if (detach) {
      withdraw(onSignal);
      return ExitCode.OK.code();
    }
    return watch(folder, cluster, stopping, onSignal);
  }

  private void tellWhatStarts(ClusterFolder folder, List<RunningNode> running) {
    long members = folder.members(folder.layout()).size();
    long there = running.stream().filter(node -> !node.isServer()).count();
    terminal.note(
        "holdfast: starting %d nodes in %s%s"
            .formatted(
                members - there,
                folder.path(),
                there == 0 ? "" : "; " + ids(running) + " run already"));
  }

  private static String ids(List<RunningNode> running) {
    return String.join(", ", running.stream().map(RunningNode::id).toList());
  }

  private void tellOfRemoved(ClusterFolder folder, LocalCluster cluster) {
    for (NodeAddress node : folder.layout().addresses()) {
      if (!cluster.nodes().containsKey(node)) {
        terminal.note(
            "holdfast: %s was removed from the cluster and is left out; delete %s to add it again as a new node"
                .formatted(node.id(), folder.data(node)));
      }
    }
  }

  /** False when the JVM is going down already, and the hook does its work. */
  private static boolean withdraw(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** The folder as it is, or a new one; made only when its ports are free. */
  private ClusterFolder openFolder() {
    Path path = data.path(terminal);
    return ClusterFolder.open(path)
        .orElseGet(() -> {
          ClusterLayout layout = request.founding();
          PortCheck.requireFree(layout, layout.addresses(), List.of());
          return ClusterFolder.create(path, layout);
        });
  }

  /**
   * All that can be wrong is found here, before a process starts.
   *
   * @return what runs already, of a cluster of which something does not
   */
  private List<RunningNode> claim(ClusterFolder folder) {
    if (!folder.claim()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "another 'holdfast up' works on " + folder.path(),
          "stop it with Ctrl-C or 'holdfast down" + data.asOption() + "', then start all nodes");
    }
    List<RunningNode> running = folder.runningOwn().alive();
    ClusterLayout layout =
        fresh ? request.founding() : request.keeping(folder.layout(), data.text());
    List<NodeAddress> members = fresh ? layout.addresses() : folder.members(layout);
    List<String> ids = running.stream().map(RunningNode::id).toList();
    List<NodeAddress> missing = members.stream().filter(node -> !ids.contains(node.id())).toList();
    boolean allServers =
        !layout.hasEnsemble()
            || running.stream().filter(RunningNode::isServer).count() == ClusterLayout.SERVERS;
    if (!running.isEmpty() && (fresh || (missing.isEmpty() && allServers))) {
      throw new CommandException(
          ExitCode.REFUSED,
          "a cluster runs on "
              + folder.path()
              + " already: "
              + String.join(
                  ", ",
                  running.stream().map(n -> n.id() + " (pid " + n.process().pid() + ")").toList()),
          "use it, or stop it with 'holdfast down" + data.asOption() + "'");
    }
    PortCheck.requireFree(layout, missing, ids);
    if (fresh) {
      folder.empty();
    }
    folder.save(layout);
    return running;
  }

  private void show(LocalCluster cluster) {
    Map<NodeAddress, ProcessHandle> nodes = cluster.nodes();
    Map<String, String> roles = probe.roles(nodes.keySet().iterator().next());
    List<Shown> rows =
        nodes.entrySet().stream()
            .map(entry -> {
              NodeAddress node = entry.getKey();
              return new Shown(
                  node.id(),
                  node.api().toString(),
                  node.peer(),
                  node.raft(),
                  entry.getValue().pid(),
                  roles.getOrDefault(node.id(), "unknown"));
            })
            .toList();
    if (output.json()) {
      terminal.json(Map.of("nodes", rows));
      return;
    }
    Table table = new Table("ID", "API", "PID", "ROLE");
    rows.forEach(row -> table.row(row.id(), row.api(), Long.toString(row.pid()), row.role()));
    table.lines().forEach(terminal::line);
    showNextSteps(rows.get(0).api());
    terminal.out().flush();
  }

  /** Commands that work when they are pasted here. */
  private void showNextSteps(String api) {
    String command = ShellWords.quoted(terminal.command());
    String servers = data.isDefault() ? "" : " --server " + api;
    terminal.line("");
    terminal.line("Try next" + (detach ? ":" : " (in another terminal):"));
    terminal.line("  date | " + command + " put - docs/date" + servers);
    terminal.line("  " + command + " get docs/date -" + servers);
    terminal.line(
        "  "
            + command
            + " lock nightly --ttl 10s"
            + servers
            + " -- sh -c 'echo my token is $HOLDFAST_TOKEN'");
    terminal.line("  " + command + " cluster status" + servers);
    terminal.line("");
    terminal.line(
        detach
            ? "Stop it: " + command + " down" + data.asOption()
            : "Ctrl-C stops what was started here.");
  }

  /** Tells of each node that ends, until all that were started here have ended. */
  private int watch(
      ClusterFolder folder, LocalCluster cluster, AtomicBoolean stopping, Thread onSignal) {
    Set<NodeAddress> gone = new HashSet<>();
    Map<NodeAddress, Process> started = cluster.started();
    while (gone.size() < started.size()) {
      try {
        Thread.sleep(WATCH_STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      started.forEach((node, process) -> {
        if (!process.isAlive() && gone.add(node) && !stopping.get()) {
          String how =
              process.exitValue() == NodeProcess.REMOVED
                  ? " was removed from the cluster and has ended"
                  : " ended with exit code " + process.exitValue();
          terminal.note("holdfast: " + node.id() + how + "; its log is " + folder.log(node));
        }
      });
    }
    boolean asked = stopping.get() || folder.runningOwn().nodes().isEmpty();
    if (withdraw(onSignal)) {
      cluster.forgetStarted();
    }
    return asked ? ExitCode.OK.code() : ExitCode.UNAVAILABLE.code();
  }

  private record Shown(String id, String api, String peer, String raft, long pid, String role) {}
}
