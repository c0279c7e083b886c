// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that missed more than the log keeps gets the state instead. */
@HoldfastCluster(
    options = {
      "raft.snapshotEntries=500",
      "raft.snapshotInterval=1s",
      "raft.logSegmentBytes=64KiB",
      "raft.logTailEntries=100"
    })
@Timeout(value = 480, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotInstallIT {
  private static final String INSTALLED = "holdfast_raft_snapshot_installed_total";
  private static final int WRITERS = 8;
  private static final int WRITES_EACH = 400;
  private static final Duration RESTART = Duration.ofSeconds(60);
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  private final LocalCluster cluster;

  SnapshotInstallIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /** What the leader says is the half that is needed when it fails. */
  private void awaitReady(LocalNode node) {
    try {
      node.awaitReady(RESTART);
    } catch (IllegalStateException e) {
      throw new AssertionError(cluster.logTails(), e);
    }
  }

  @Test
  void bringsBackANodeThatMissedThousandsOfEntriesAndAnEmptiedOne() throws Exception {
    try (NodeCalls calls = new NodeCalls()) {
      LocalNode late = cluster.node(2);
      late.kill();
      write(calls, cluster.node(0), "missed");
      late.start().awaitReady(RESTART);
      calls.awaitAllCopies(cluster, CATCH_UP);
      assertThat(calls.metric(late, INSTALLED)).as("snapshots that n3 installed").isPositive();
      assertReads(calls, late, "missed");

      LocalNode emptied = cluster.node(1);
      emptied.kill();
      String incarnation = incarnation(emptied);
      delete(emptied.data());
      awaitReady(emptied.start());
      assertThat(incarnation(emptied))
          .as("an emptied node is another one")
          .isNotEqualTo(incarnation);
      calls.awaitAllCopies(cluster, CATCH_UP);
      assertThat(calls.metric(emptied, INSTALLED)).as("snapshots that n2 installed").isPositive();

      // What it holds counts again: with n1 dead, n2 and n3 are the majority and have the bytes.
      cluster.node(0).kill();
      cluster.awaitLeader(RESTART);
      assertReads(calls, emptied, "missed");
      assertThat(calls.put(emptied, "after", new byte[10]).status()).isEqualTo(201);
    }
  }

  private static void write(NodeCalls calls, LocalNode node, String prefix) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        int own = writer;
        writers.add(
            threads.submit(() -> {
              for (int i = 0; i < WRITES_EACH; i++) {
                String key = prefix + "/" + own + "/" + i;
                // Refused while leases move, and repeated: the same bytes are the same version.
                Await.until(
                    RESTART,
                    () -> "a write of " + key,
                    () -> Await.get(() -> calls.put(node, key, content(key))).status() < 300);
              }
              return null;
            }));
      }
      for (Future<?> writer : writers) {
        writer.get(150, TimeUnit.SECONDS);
      }
    }
  }

  /** All of one writer, and the last of each. */
  private static void assertReads(NodeCalls calls, LocalNode node, String prefix)
      throws IOException {
    for (int i = 0; i < WRITES_EACH; i++) {
      assertRead(calls, node, prefix + "/0/" + i);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
      assertRead(calls, node, prefix + "/" + writer + "/" + (WRITES_EACH - 1));
    }
  }

  private static void assertRead(NodeCalls calls, LocalNode node, String key) throws IOException {
    NodeCalls.Answer answer = calls.get(node, key);
    assertThat(answer.status()).as("%s: %s", key, answer.text()).isEqualTo(200);
    assertThat(answer.body()).as(key).isEqualTo(content(key));
  }

  private static byte[] content(String key) {
    return ("content of " + key).getBytes(StandardCharsets.UTF_8);
  }

  private static String incarnation(LocalNode node) throws IOException {
    return Files.readString(node.data().resolve("node.json"));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> content = Files.walk(folder)) {
      for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
