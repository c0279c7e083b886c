// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static dev.holdfast.coordinator.raft.RaftCluster.TIMEOUT;
import static dev.holdfast.coordinator.raft.RaftCluster.await;
import static dev.holdfast.coordinator.raft.RaftCluster.commit;
import static dev.holdfast.coordinator.raft.RaftCluster.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader in a process of its own is stopped and resumed while it reads. */
final class StoppedLeaderTest {
  @TempDir Path folder = Path.of("");

  /** A read of the child: begun at a nanoTime, which all processes of a machine share. */
  private record Read(long begun, String value) {}

  @Test
  void resumedLeaderAnswersNoReadWithAnOlderValue() throws Exception {
    RaftCluster cluster = RaftCluster.prepare(folder, 3, Map.of());
    Process child = startChild(cluster);
    try (cluster) {
      List<Read> reads = readsOf(child);
      cluster.open("n2");
      cluster.open("n3");
      // The readers of the child let it answer late.
      cluster.node("n2").voters().orElseThrow().transferLeadership("n1", TIMEOUT.multipliedBy(4));
      commit(cluster.node("n2"), put("x", "old"));
      await("reads of the child", () -> reads.stream().anyMatch(r -> r.value().equals("old")));

      signal("STOP", child);
      await(
          "a new leader",
          () ->
              cluster.node("n2").status().leader() != null
                  && !"n1".equals(cluster.node("n2").status().leader()));
      commit(cluster.node("n3"), put("x", "new"));
      long acknowledged = System.nanoTime();
      signal("CONT", child);

      await(
          "reads after the stop",
          () -> reads.stream().filter(r -> r.begun() > acknowledged).count() > 50);
      assertThat(reads.stream().filter(r -> r.begun() > acknowledged).map(Read::value))
          .containsOnly("new");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private Process startChild(RaftCluster cluster) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(
        List.of("-Xmx256m", "-cp", System.getProperty("java.class.path"), Child.class.getName()));
    command.add(folder.toString());
    cluster.founders().forEach(member -> command.add(member.address()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static List<Read> readsOf(Process child) {
    List<Read> reads = new CopyOnWriteArrayList<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              String[] part = line.split(" ", -1);
              reads.add(new Read(Long.parseLong(part[0]), part[1]));
            }
          } catch (IOException _) {
            // The child has ended.
          }
        });
    return reads;
  }

  private static void signal(String name, Process process) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  /**
   * Runs n1 and reads without a pause, so that some reads begin right after it is resumed, before
   * it has heard of its successor. Tells one read in 5 ms, and always the first one after a stop.
   */
  static final class Child {
    private static final long TELL_NANOS = 5_000_000;

    private Child() {}

    public static void main(String[] args) throws InterruptedException {
      RaftCluster cluster =
          RaftCluster.prepared(Path.of(args[0]), List.of(args).subList(1, args.length), Map.of());
      RaftCoordinator node = cluster.open("n1");
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        readers.add(Thread.ofPlatform().start(() -> readWithoutEnd(node)));
      }
      for (Thread reader : readers) {
        reader.join();
      }
    }

    private static void readWithoutEnd(RaftCoordinator node) {
      long told = 0;
      while (true) {
        long begun = System.nanoTime();
        try {
          String value = RaftCluster.value(node, "x");
          if (begun - told > TELL_NANOS) {
            told = begun;
            System.out.println(begun + " " + value);
          }
        } catch (RuntimeException _) {
          // No majority at the moment.
        }
      }
    }
  }
}
