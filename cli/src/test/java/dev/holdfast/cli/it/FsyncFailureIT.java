// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Two of three disks refuse to sync: nothing may be acknowledged any more. */
@HoldfastCluster
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class FsyncFailureIT {
  private static final int OBJECTS = 20;
  private static final int REPEATS = 500;
  private static final Duration ATTACH = Duration.ofSeconds(20);
  private static final Duration END = Duration.ofSeconds(60);
  private static final Duration RESTART = Duration.ofSeconds(90);

  private final LocalCluster cluster;

  FsyncFailureIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void acknowledgesNothingWhenAMajorityCannotSync(@TempDir Path folder) throws Exception {
    Optional<Path> strace = onPath("strace");
    assumeThat(strace).as("strace is installed").isPresent();
    try (NodeCalls calls = new NodeCalls()) {
      for (int i = 0; i < OBJECTS; i++) {
        NodeCalls.Answer answer = calls.put(cluster.node(i % 3), "before/" + i, content(i));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
      }
      List<LocalNode> failing = List.of(cluster.node(0), cluster.node(1));
      List<Process> tracers = new ArrayList<>();
      try {
        for (LocalNode node : failing) {
          tracers.add(failSyncs(strace.get(), node, folder.resolve(node.id() + ".strace")));
        }
        for (LocalNode node : cluster.nodes()) {
          assertIsRefused(calls, node);
        }
        for (LocalNode node : failing) {
          Await.until(END, () -> node.id() + " ends\n" + cluster.logTails(), () -> !node.isAlive());
          assertThat(Files.readString(node.log()))
              .as("why %s ended", node.id())
              .contains("This node must end");
        }
      } finally {
        tracers.forEach(Process::destroy);
      }
      failing.forEach(LocalNode::start);
      cluster.awaitReady(RESTART);
      for (LocalNode node : cluster.nodes()) {
        for (int i = 0; i < OBJECTS; i++) {
          NodeCalls.Answer answer = calls.get(node, "before/" + i);
          assertThat(answer.status()).as("%s: %s", node.id(), answer.text()).isEqualTo(200);
          assertThat(answer.body()).isEqualTo(content(i));
        }
      }
    }
  }

  private static void assertIsRefused(NodeCalls calls, LocalNode node) {
    try {
      NodeCalls.Answer answer = calls.put(node, "during/" + node.id(), content(0));
      assertThat(answer.status())
          .as("%s: %s", node.id(), answer.text())
          .isGreaterThanOrEqualTo(500);
    } catch (IOException e) {
      // Not answered is not acknowledged: the node has ended.
      assertThat(e).isNotInstanceOf(java.net.http.HttpTimeoutException.class);
    }
  }

  private static Optional<Path> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Process failSyncs(Path strace, LocalNode node, Path output) throws IOException {
    Process tracer =
        new ProcessBuilder(
                strace.toString(),
                "-f",
                "-p",
                Long.toString(node.pid()),
                "-e",
                "trace=fsync,fdatasync,msync",
                "-e",
                "inject=fsync,fdatasync,msync:error=EIO")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Await.until(
        ATTACH,
        () -> "strace is attached to " + node.id() + ": " + text(output),
        () -> text(output).contains("attached"));
    return tracer;
  }

  private static String text(Path file) {
    return Await.get(() -> Files.readString(file));
  }

  private static byte[] content(int i) {
    return ("content " + i + "\n").repeat(REPEATS).getBytes(StandardCharsets.UTF_8);
  }
}
