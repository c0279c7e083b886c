package dev.holdfast.bench;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.LockClient;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.Session;
import dev.holdfast.testkit.cluster.LocalCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** Loads through the Java client, from this process, on three node processes. */
final class HoldfastLoads {
  private static final String PEER = "Holdfast, Java client";
  private static final int SMALL_BYTES = 4 << 10;
  private static final int LARGE_BYTES = 64 << 20;
  private static final int SMALL_OBJECTS = 1_000;

  private final Path folder;

  HoldfastLoads(Path folder) {
    this.folder = folder;
  }

  void run(Set<String> parts, Duration warmUp, Duration counted) throws Exception {
    Files.createDirectories(folder);
    long begin = System.nanoTime();
    try (LocalCluster cluster =
        LocalCluster.builder().nodes(3).heap("512m").dataFolder(folder).start()) {
      double startSeconds = (System.nanoTime() - begin) / 1e9;
      String servers =
          cluster.apiUris().stream().map(Object::toString).collect(Collectors.joining(","));
      try (Holdfast holdfast = Holdfast.connect(servers)) {
        if (parts.contains("locks")) {
          locks(holdfast, warmUp, counted);
        }
        if (parts.contains("objects")) {
          objects(holdfast, warmUp, counted);
        }
      }
      if (parts.contains("node")) {
        System.out.printf("%nThree nodes were ready after %.1f s.%n", startSeconds);
        for (var node : cluster.nodes()) {
          System.out.printf("%s: resident %d MiB%n", node.id(), residentMebibytes(node.pid()));
        }
      }
    }
  }

  private static void locks(Holdfast holdfast, Duration warmUp, Duration counted)
      throws InterruptedException {
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sessions.add(holdfast.session(Duration.ofSeconds(30)));
    }
    pairs(LockRow.WARM_UP, sessions).warmUp();
    for (LockRow row : LockRow.ROWS) {
      Bench.print(pairs(row, sessions).run(PEER, row.name(), row.callers(), warmUp, counted));
    }
    sessions.forEach(Session::close);
  }

  private static Load pairs(LockRow row, List<Session> sessions) {
    List<LockClient> locks = new ArrayList<>();
    for (int i = 0; i < row.callers(); i++) {
      locks.add(sessions.get(i % sessions.size()).lock(row.name() + "/" + row.lockOf(i)));
    }
    return (caller, number) -> {
      Hold hold = locks.get(caller).acquire();
      hold.release();
    };
  }

  private static void objects(Holdfast holdfast, Duration warmUp, Duration counted)
      throws InterruptedException {
    byte[] small = new byte[SMALL_BYTES];
    new Random(1).nextBytes(small);
    for (int callers : List.of(1, 32)) {
      Load put =
          (caller, number) -> {
            byte[] content = small.clone();
            // Other bytes each time: the same ones would be stored once.
            java.nio.ByteBuffer.wrap(content).putInt(caller).putLong(4, System.nanoTime());
            holdfast.objects().put("s/" + caller + "/" + number % SMALL_OBJECTS, content);
          };
      Bench.print(put.run(PEER, "put 4 KiB", callers, warmUp, counted));
      Load get =
          (caller, number) -> {
            try (ObjectReader reader = holdfast.objects().get("s/" + caller + "/0")) {
              reader.stream().readAllBytes();
            }
          };
      Bench.print(get.run(PEER, "get 4 KiB", callers, warmUp, counted));
    }
    byte[] large = new byte[LARGE_BYTES];
    new Random(2).nextBytes(large);
    Load put =
        (caller, number) -> {
          java.nio.ByteBuffer.wrap(large).putLong(0, System.nanoTime());
          for (int at = 1 << 20; at < LARGE_BYTES; at += 1 << 20) {
            java.nio.ByteBuffer.wrap(large).putLong(at, System.nanoTime());
          }
          holdfast.objects().put("l/" + number % 4, large);
        };
    Bench.print(put.run(PEER, "put 64 MiB", 1, warmUp, counted));
    Load get =
        (caller, number) -> {
          try (ObjectReader reader = holdfast.objects().get("l/0")) {
            reader.stream().transferTo(java.io.OutputStream.nullOutputStream());
          }
        };
    Bench.print(get.run(PEER, "get 64 MiB", 1, warmUp, counted));
  }

  private static long residentMebibytes(long pid) throws java.io.IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .map(line -> line.replaceAll("[^0-9]", ""))
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(0)
        / 1_024;
  }
}
