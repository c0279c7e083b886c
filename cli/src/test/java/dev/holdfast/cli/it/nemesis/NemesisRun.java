// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.cluster.LocalProcess;
import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.History;
import dev.holdfast.testkit.history.Operation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * One run: a cluster, clients, faults by a schedule; then peace, in which everything must come to
 * work again; then the verdict.
 */
final class NemesisRun {
  static final int NODES = 3;
  private static final Duration START = Duration.ofMinutes(3);

  /** From the end of the last fault until every client gets answers and every node is ready. */
  private static final Duration PROGRESS = Duration.ofMinutes(2);

  private static final Duration CHECK = Duration.ofMinutes(1);

  /** What a node says, and a ZooKeeper server. */
  private static final List<String> DISK_FAILED =
      List.of("This node must end", "No space left on device");

  private final Settings settings;
  private final List<Workload> workloads =
      List.of(
          new RegisterWorkload(),
          GrantWorkload.lock(),
          GrantWorkload.semaphore(),
          new BeliefWorkload());
  private final History history = new History(System::nanoTime);
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final List<String> problems = new ArrayList<>();
  private List<Nemesis.Event> events = List.of();

  NemesisRun(Settings settings) {
    this.settings = settings;
  }

  /**
   * @param folder gets all that the run leaves behind, instead of what an earlier one left there
   */
  record Settings(Backend backend, Schedule schedule, Path folder) {}

  /**
   * @param acknowledged how many of the operations had their effect: of a run without any, nothing
   *     can be said
   * @param problems empty when all is well
   */
  record Result(
      int operations, long acknowledged, List<Nemesis.Event> events, List<String> problems) {}

  Result run() throws Exception {
    Path folder = emptied(settings.folder);
    settings.schedule.write(folder.resolve("schedule.json"));
    Path data = folder.resolve("data");
    try (NetworkLab lab = NetworkLab.create(NODES);
        SmallDisks disks = SmallDisks.mount(data, settings.schedule.targets(FaultKind.FULL_DISK))) {
      LocalCluster.Builder builder =
          LocalCluster.builder()
              .nodes(NODES)
              .dataFolder(data)
              .startDeadline(START)
              .option("network.insecureCidr", lab.cidr());
      for (int i = 0; i < NODES; i++) {
        builder.host("n" + (i + 1), lab.address(i), lab.runner(i));
      }
      try (Agreement agreement = settings.backend.start(lab, builder.home(), folder);
          LocalCluster cluster = agreement.configure(builder).start();
          Links links = new Links(lab, new Random(settings.schedule.seed()))) {
        Members members = new Members(cluster, agreement);
        try {
          torment(members, new Faults(members, links, disks, folder));
        } finally {
          cluster.saveLogs(folder.resolve("logs"));
        }
      }
    }
    judge();
    List<Operation> operations = history.operations();
    History.write(folder.resolve("history.jsonl"), operations);
    Files.write(folder.resolve("problems.txt"), problems);
    Timeline.write(
        folder.resolve("timeline.html"),
        settings.schedule,
        settings.backend.allNames(NODES),
        operations,
        events,
        problems);
    if (problems.isEmpty()) {
      removeAll(data);
    }
    long acknowledged = operations.stream().filter(Operation::isOk).count();
    return new Result(operations.size(), acknowledged, events, List.copyOf(problems));
  }

  private void torment(Members members, Faults faults) throws Exception {
    LocalCluster cluster = members.cluster();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Future<?>> clients = startClients(cluster, threads);
      try {
        events = new Nemesis(settings.schedule, faults).run();
        awaitProgress(members, clients.keySet());
      } finally {
        stopped.set(true);
      }
      for (Map.Entry<String, Future<?>> client : clients.entrySet()) {
        client.getValue().get(60, TimeUnit.SECONDS);
      }
    }
    readAtTheEnd(cluster);
    awaitSameRevision(cluster);
  }

  /** Three of four clients know one node only, the fourth knows all. */
  private Map<String, Future<?>> startClients(LocalCluster cluster, ExecutorService threads) {
    Random seeds = new Random(settings.schedule.seed());
    Map<String, Future<?>> clients = new HashMap<>();
    for (Workload workload : workloads) {
      for (int i = 0; i < workload.clients(); i++) {
        boolean all = i % (NODES + 1) == NODES;
        List<URI> nodes = all ? cluster.apiUris() : List.of(cluster.apiUris().get(i % (NODES + 1)));
        String name = workload.name() + "-" + (all ? "all" : "n" + (i + 1));
        Workload.Client client =
            new Workload.Client(name, nodes, history, new Random(seeds.nextLong()), stopped::get);
        clients.put(
            name,
            threads.submit(() -> {
              workload.run(client);
              return null;
            }));
      }
    }
    return clients;
  }

  private void awaitProgress(Members members, Set<String> clients) {
    LocalCluster cluster = members.cluster();
    long healed = System.nanoTime();
    for (LocalProcess process : members.all()) {
      if (!process.isAlive()) {
        tellWhyItEnded(process);
        process.start();
      }
    }
    try {
      Await.until(
          PROGRESS,
          () -> "every node is ready, not " + notReady(cluster),
          () -> notReady(cluster).isEmpty());
      Await.until(
          PROGRESS,
          () -> "every client goes on, not " + without(clients, healed),
          () -> without(clients, healed).isEmpty());
    } catch (AssertionError e) {
      problems.add("No progress after the last fault: " + e.getMessage());
    }
  }

  /** Whose disk failed ends, and says so. Whatever else ends a node is a fault of ours. */
  private void tellWhyItEnded(LocalProcess process) {
    String log = Await.get(() -> Files.readString(process.log()));
    if (DISK_FAILED.stream().anyMatch(log::contains)) {
      return;
    }
    problems.add(
        "%s ended with %d:%n%s"
            .formatted(process.id(), process.exitCode(), String.join("\n", process.logTail())));
  }

  private static List<String> notReady(LocalCluster cluster) {
    return cluster.nodes().stream().filter(node -> !node.isReady()).map(LocalNode::id).toList();
  }

  private Set<String> without(Set<String> clients, long since) {
    Set<String> answered =
        history.operations().stream()
            .filter(operation -> operation.callNanos() - since > 0)
            .filter(operation -> operation.isOk() || operation.isRefused())
            .map(Operation::process)
            .collect(Collectors.toSet());
    return clients.stream()
        .filter(client -> !answered.contains(client))
        .collect(Collectors.toSet());
  }

  private void readAtTheEnd(LocalCluster cluster) throws InterruptedException {
    for (Workload workload : workloads) {
      for (LocalNode node : cluster.nodes()) {
        workload.readAtTheEnd(
            new Workload.Client(
                workload.name() + "-end-" + node.id(),
                List.of(node.apiUri()),
                history,
                new Random(0),
                () -> true));
      }
    }
  }

  private void awaitSameRevision(LocalCluster cluster) {
    Map<String, Long> revisions = new HashMap<>();
    try {
      Await.until(
          PROGRESS,
          () -> "all nodes have applied the same, are at " + revisions,
          () -> {
            for (LocalNode node : cluster.nodes()) {
              revisions.put(node.id(), Revision.of(node.apiUri()));
            }
            return Set.copyOf(revisions.values()).size() == 1;
          });
    } catch (AssertionError e) {
      problems.add("Replicas differ: " + e.getMessage());
    }
  }

  private void judge() {
    Checker checker = new Checker(CHECK);
    List<Operation> all = history.operations();
    for (Workload workload : workloads) {
      List<Operation> own =
          all.stream().filter(it -> it.object().startsWith(workload.name() + "/")).toList();
      problems.addAll(workload.judge(own, checker));
    }
    all.stream()
        .filter(operation -> operation.output().getOrDefault("why", "").startsWith("500"))
        .map(operation -> "An answer that nobody expects: " + operation)
        .forEach(problems::add);
  }

  /** The data of an earlier run of this name would be taken for what clients of this one wrote. */
  private static Path emptied(Path folder) throws IOException {
    if (Files.exists(folder)) {
      removeAll(folder);
    }
    return Files.createDirectories(folder);
  }

  private static void removeAll(Path folder) throws IOException {
    try (var content = Files.walk(folder)) {
      for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
