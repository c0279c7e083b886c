// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The disk of one node fills up: it says so early, goes on reading and deleting, and recovers. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class FullDiskIT {
  private static final long DISK_BYTES = 700L << 20;

  /** Below the 256 MiB that a node keeps free, above what its log needs to go on. */
  private static final long LEFT_BYTES = 160L << 20;

  private static final int OBJECTS = 10;
  private static final int AFTER = 1_000;
  private static final int MORE = 300;
  private static final int REPEATS = 1_000;
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void refusesWritesEarlyGoesOnReadingAndDeletingAndRecovers(@TempDir Path folder)
      throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounting a loop file").isEqualTo("root");
    Path image = folder.resolve("disk.img");
    Path data = folder.resolve("cluster");
    Path disk = Files.createDirectories(data.resolve("n3"));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
    }
    assertThat(run(folder, "mkfs.ext4", "-q", "-F", "-m", "0", image.toString())).isZero();
    assumeThat(run(folder, "mount", "-o", "loop", image.toString(), disk.toString()))
        .as("loop devices can be mounted here")
        .isZero();
    try (LocalCluster cluster = LocalCluster.builder().dataFolder(data).start();
        NodeCalls calls = new NodeCalls()) {
      fillAndFree(cluster, calls, disk);
    } finally {
      assertThat(run(folder, "umount", disk.toString())).as("umount " + disk).isZero();
    }
  }

  private static void fillAndFree(LocalCluster cluster, NodeCalls calls, Path disk)
      throws IOException {
    LocalNode full = cluster.node(2);
    for (int i = 0; i < OBJECTS; i++) {
      assertThat(put(calls, full, i).status()).isEqualTo(201);
    }
    Path filler = disk.resolve("filler.log");
    fill(filler, Files.getFileStore(disk).getUsableSpace() - LEFT_BYTES);

    NodeCalls.Answer refused = put(calls, full, OBJECTS);
    assertThat(refused.status()).as(refused.text()).isEqualTo(507);
    assertThat(refused.text()).contains("DISK_FULL");
    assertThat(put(calls, cluster.node(0), OBJECTS + 1).status())
        .as("another node takes writes, and has a majority without n3")
        .isEqualTo(201);
    for (int i = 1; i < OBJECTS; i++) {
      NodeCalls.Answer read = calls.get(full, "full/" + i);
      assertThat(read.status()).as(read.text()).isEqualTo(200);
      assertThat(read.body()).isEqualTo(content(i));
    }
    NodeCalls.Answer deleted = calls.delete(full, "full/0");
    assertThat(deleted.status()).as(deleted.text()).isEqualTo(200);
    assertThat(calls.get(full, "full/0").status()).isEqualTo(404);
    assertThat(full.isAlive()).as("n3 lives").isTrue();
    assertThat(full.isReady()).as("n3 is no zombie").isTrue();

    Files.delete(filler);
    awaitWrites(cluster, calls, full);
    calls.awaitAllCopies(cluster, SOON.multipliedBy(5));

    fillToTheBrim(filler);
    for (int i = 0; i < MORE; i++) {
      NodeCalls.Answer without = put(calls, cluster.node(0), AFTER + i);
      assertThat(without.status()).as(without.text()).isEqualTo(201);
    }
    Files.delete(filler);
    // With not a byte left even for its log, a node may end, and says so. It must not go on by
    // half.
    if (!full.isAlive()) {
      assertThat(Files.readString(full.log())).contains("This node must end");
      full.start().awaitReady(SOON.multipliedBy(2));
    }
    awaitWrites(cluster, calls, full);
    calls.awaitAllCopies(cluster, SOON.multipliedBy(5));
    for (int i = 0; i < MORE; i++) {
      assertThat(calls.get(full, "full/" + (AFTER + i)).body()).isEqualTo(content(AFTER + i));
    }
  }

  private static void awaitWrites(LocalCluster cluster, NodeCalls calls, LocalNode node) {
    Await.until(
        SOON,
        () -> "writes go on\n" + cluster.logTails(),
        () -> Await.get(() -> put(calls, node, OBJECTS)).status() < 300);
  }

  private static void fillToTheBrim(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      for (int size = 1 << 20; size > 0; size /= 2) {
        fillWith(out, new byte[size]);
      }
    }
  }

  private static void fillWith(OutputStream out, byte[] block) {
    try {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private static NodeCalls.Answer put(NodeCalls calls, LocalNode node, int i) throws IOException {
    return calls.put(node, "full/" + i, content(i));
  }

  private static void fill(Path file, long bytes) throws IOException {
    byte[] block = new byte[1 << 20];
    try (var out = Files.newOutputStream(file)) {
      for (long at = 0; at < bytes; at += block.length) {
        out.write(block);
      }
    }
  }

  private static byte[] content(int i) {
    return ("content " + i + "\n").repeat(REPEATS).getBytes(StandardCharsets.UTF_8);
  }

  private static int run(Path folder, String... command) throws Exception {
    Process process =
        new ProcessBuilder(List.of(command))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return -1;
    }
    return process.exitValue();
  }
}
