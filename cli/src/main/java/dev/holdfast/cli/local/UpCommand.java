package dev.holdfast.cli.local;

import dev.holdfast.cli.local.RunningNodes.RunningNode;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.NodeProcess;
import dev.holdfast.protocol.DurationText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
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
      "A node that was removed from the cluster is left out. Delete its folder in DIR, and the next"
          + " start adds it as a new one."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast up                        three nodes, until Ctrl-C",
      "  holdfast up --detach               the same in the background; 'holdfast down' stops it",
      "  holdfast up --nodes 1 --fresh      one node, all earlier data gone",
      "  holdfast up --coordinator zookeeper    with three ZooKeeper servers instead of Raft",
      "  holdfast up --data /tmp/x --port 8600 --detach --json",
    })
final class UpCommand implements Callable<Integer> {
  static final Duration GRACE = Duration.ofSeconds(15);
  private static final Duration WATCH_STEP = Duration.ofMillis(200);

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "How many nodes. Default: as many as DIR holds, else 3.")
  private int nodes;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ClusterFolder.DEFAULT,
      description = "Where the data lives. Default: ${DEFAULT-VALUE}.")
  private String data = ClusterFolder.DEFAULT;

  @Option(names = "--fresh", description = "Delete the data in DIR first.")
  private boolean fresh;

  @Option(
      names = "--port",
      paramLabel = "BASE",
      description = "API port of n1. Default: the port that DIR was started with, else 7600.")
  private int port;

  @Option(
      names = "--coordinator",
      paramLabel = "BACKEND",
      description =
          "What the cluster agrees through: raft, or zookeeper for three servers beside the nodes."
              + " Default: as DIR was founded, else raft.")
  private String coordinator = "";

  @Option(
      names = "--zookeeper",
      paramLabel = "HOST:PORT,...",
      description = "Agree through these ZooKeeper servers, which run already.")
  private String zookeeper = "";

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
  private final NodeProbe probe = new NodeProbe();

  UpCommand(Terminal terminal, NodeProgram program) {
    this.terminal = terminal;
    this.program = program;
  }

  @Override
  public Integer call() {
    Duration limit = DurationText.parse(timeout);
    try (ClusterFolder folder = openFolder()) {
      claim(folder);
      List<RunningNode> running = folder.running().alive();
      boolean nodesRun = running.stream().anyMatch(node -> !node.isServer());
      if (!fresh && nodesRun && folder.layout().hasEnsemble()) {
        return startMissingServers(folder, limit);
      }
      requireAtRest(folder, running);
      return run(folder, limit);
    }
  }

  /** Of a cluster whose nodes run. */
  private int startMissingServers(ClusterFolder folder, Duration limit) {
    List<RunningNode> running = folder.running().alive();
    List<String> started =
        new LocalEnsemble(folder, System::nanoTime).startMissing(folder.running(), limit);
    if (started.isEmpty()) {
      requireAtRest(folder, running);
    }
    if (output.json()) {
      terminal.json(Map.of("started", started));
    } else {
      terminal.line("Started " + String.join(", ", started) + " again.");
    }
    return ExitCode.OK.code();
  }

  private int run(ClusterFolder folder, Duration limit) {
    LocalCluster cluster = new LocalCluster(folder, program, System::nanoTime);
    AtomicBoolean stopping = new AtomicBoolean();
    Thread onSignal =
        new Thread(
            () -> {
              stopping.set(true);
              terminal.note("holdfast: stopping " + cluster.processes().size() + " nodes");
              cluster.stop(GRACE);
            },
            "stop-nodes");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      folder.prepare();
      int members = folder.members(folder.layout()).size();
      terminal.note("holdfast: starting " + members + " nodes in " + folder.path());
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

  private void tellOfRemoved(ClusterFolder folder, LocalCluster cluster) {
    for (NodeAddress node : folder.layout().addresses()) {
      if (!cluster.processes().containsKey(node)) {
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
    Path path = terminal.resolve(data);
    return ClusterFolder.open(path)
        .orElseGet(() -> {
          ClusterLayout layout = wanted();
          PortCheck.requireFree(layout, layout.addresses());
          return ClusterFolder.create(path, layout);
        });
  }

  private void claim(ClusterFolder folder) {
    if (!folder.claim()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "another 'holdfast up' works on " + folder.path(),
          "stop it with Ctrl-C or 'holdfast down --data " + data + "'");
    }
  }

  /** All else that can be wrong is found here, before a process starts. */
  private void requireAtRest(ClusterFolder folder, List<RunningNode> running) {
    if (!running.isEmpty()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "a cluster runs on "
              + folder.path()
              + " already: "
              + String.join(
                  ", ",
                  running.stream().map(n -> n.id() + " (pid " + n.process().pid() + ")").toList()),
          "use it, or stop it with 'holdfast down --data " + data + "'");
    }
    ClusterLayout layout = fresh ? wanted() : kept(folder.layout());
    PortCheck.requireFree(layout, fresh ? layout.addresses() : folder.members(layout));
    if (fresh) {
      folder.empty();
    }
    folder.save(layout);
  }

  private ClusterLayout wanted() {
    int count = nodes == 0 ? ClusterLayout.DEFAULT_NODES : nodes;
    if (count < 1 || count > ClusterLayout.MOST_NODES) {
      throw new CommandException(
          ExitCode.USAGE,
          "--nodes " + count + " is not between 1 and " + ClusterLayout.MOST_NODES,
          "");
    }
    int base = port == 0 ? ClusterLayout.DEFAULT_PORT : port;
    int last = NodeAddress.LAST_PORT - 10 * (count - 1);
    if (base < 1 || base > last) {
      throw new CommandException(
          ExitCode.USAGE, "--port " + base + " is not between 1 and " + last, "");
    }
    return ClusterLayout.founding(base, count, backend());
  }

  /** Null for Raft. */
  private @Nullable String backend() {
    if (!coordinator.isEmpty() && !coordinator.equals("raft") && !coordinator.equals("zookeeper")) {
      throw new CommandException(
          ExitCode.USAGE, "--coordinator " + coordinator + " is neither raft nor zookeeper", "");
    }
    if (coordinator.equals("raft") && !zookeeper.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "--zookeeper does not go with --coordinator raft", "");
    }
    if (!zookeeper.isEmpty()) {
      return zookeeper;
    }
    return coordinator.equals("zookeeper") ? ClusterLayout.OWN_ENSEMBLE : null;
  }

  private ClusterLayout kept(ClusterLayout layout) {
    if (port != 0 && port != layout.port()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "the cluster in " + data + " was founded on port " + layout.port() + ", not " + port,
          "leave --port away, name another folder with --data, or drop the data with --fresh");
    }
    String backend = backend();
    boolean named = !coordinator.isEmpty() || !zookeeper.isEmpty();
    if (named && !Objects.equals(backend, layout.zookeeper())) {
      throw new CommandException(
          ExitCode.REFUSED,
          "the cluster in "
              + data
              + " agrees through "
              + (layout.zookeeper() == null ? "Raft" : "ZooKeeper at " + layout.connect()),
          "leave --coordinator and --zookeeper away, name another folder with --data, or drop the"
              + " data with --fresh");
    }
    if (nodes != 0 && nodes < layout.nodes()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "the cluster in " + data + " has " + layout.nodes() + " nodes, not " + nodes,
          "leave --nodes away, name another folder with --data, or drop the data with --fresh");
    }
    if (nodes > ClusterLayout.MOST_NODES) {
      wanted();
    }
    return nodes == 0 ? layout : layout.grownTo(nodes);
  }

  private void show(LocalCluster cluster) {
    Map<NodeAddress, Process> processes = cluster.processes();
    Map<String, String> roles = probe.roles(processes.keySet().iterator().next());
    List<Shown> rows =
        processes.entrySet().stream()
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
    terminal.line("");
    terminal.line("Try next" + (detach ? ":" : " (in another terminal):"));
    String servers = data.equals(ClusterFolder.DEFAULT) ? "" : " --server " + rows.get(0).api();
    terminal.line("  holdfast put README.md docs/readme" + servers);
    terminal.line(
        "  holdfast lock nightly --ttl 10s"
            + servers
            + " -- sh -c 'echo my token is $HOLDFAST_TOKEN'");
    terminal.line("  holdfast cluster status" + servers);
    terminal.line("");
    terminal.line(
        detach
            ? "Stop it: holdfast down" + (servers.isEmpty() ? "" : " --data " + data)
            : "Ctrl-C stops the cluster.");
    terminal.out().flush();
  }

  /** Tells of each node that ends, until all have ended. */
  private int watch(
      ClusterFolder folder, LocalCluster cluster, AtomicBoolean stopping, Thread onSignal) {
    Set<NodeAddress> gone = new HashSet<>();
    Map<NodeAddress, Process> processes = cluster.processes();
    while (gone.size() < processes.size()) {
      try {
        Thread.sleep(WATCH_STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      processes.forEach((node, process) -> {
        if (!process.isAlive() && gone.add(node) && !stopping.get()) {
          String how =
              process.exitValue() == NodeProcess.REMOVED
                  ? " was removed from the cluster and has ended"
                  : " ended with exit code " + process.exitValue();
          terminal.note("holdfast: " + node.id() + how + "; its log is " + folder.log(node));
        }
      });
    }
    boolean asked = stopping.get() || folder.running().nodes().isEmpty();
    if (withdraw(onSignal)) {
      folder.forgetRunning();
    }
    return asked ? ExitCode.OK.code() : ExitCode.UNAVAILABLE.code();
  }

  private record Shown(String id, String api, String peer, String raft, long pid, String role) {}
}
