package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * {@code bench/run [--seconds N] [coordinator] [locks] [objects] [node]}: measures and prints the
 * table that stands in docs/benchmarks.md. All servers are processes of their own on this machine,
 * with all fsyncs on; the load comes from this process.
 */
public final class Bench {
  static final List<Integer> CALLERS = List.of(1, 32, 256, 1_024);

  /** Before the first row of each peer. */
  static final Duration WARM_UP = Duration.ofSeconds(30);

  private Bench() {}

  public static void main(String[] args) throws Exception {
    Duration counted = Duration.ofSeconds(10);
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--seconds")) {
        counted = Duration.ofSeconds(Long.parseLong(args[++i]));
      } else {
        chosen.add(args[i]);
      }
    }
    Set<String> parts =
        chosen.isEmpty() ? Set.of("coordinator", "locks", "objects", "node") : Set.copyOf(chosen);
    Path folder = Files.createTempDirectory(Path.of("bench"), "data-");
    try {
      System.out.println(Row.HEADER);
      run(parts, folder, counted);
    } finally {
      delete(folder);
    }
  }

  private static void run(Set<String> parts, Path folder, Duration counted) throws Exception {
    Duration warmUp = counted.dividedBy(2);
    if (parts.contains("coordinator") || parts.contains("locks")) {
      try (ZooKeeperPeer zooKeeper = new ZooKeeperPeer(folder.resolve("zookeeper"))) {
        if (parts.contains("coordinator")) {
          zooKeeper.commits(warmUp, counted);
        }
        if (parts.contains("locks")) {
          zooKeeper.locks(warmUp, counted);
        }
      }
    }
    if (parts.contains("coordinator")) {
      commits(
          "Ratis 3.3.0, bare, in the processes",
          BareRatisServer.class,
          folder.resolve("bare"),
          warmUp,
          counted);
      commits(
          "Holdfast, in the nodes",
          CoordinatorServer.class,
          folder.resolve("raft"),
          warmUp,
          counted);
    }
    if (parts.contains("locks") || parts.contains("objects") || parts.contains("node")) {
      new HoldfastLoads(folder.resolve("holdfast")).run(parts, warmUp, counted);
    }
  }

  private static void commits(
      String peer, Class<?> server, Path folder, Duration warmUp, Duration counted)
      throws Exception {
    try (CommitProcesses processes = new CommitProcesses(peer, server, folder)) {
      processes.commits(warmUp, counted);
    }
  }

  static void print(Row row) {
    System.out.println(row.toMarkdown());
  }

  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
