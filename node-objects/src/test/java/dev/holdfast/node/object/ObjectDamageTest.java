// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that gives other bytes than were written (kind A4). */
@Timeout(90)
final class ObjectDamageTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** In a record, in a segment, in a file of its own. */
  private static final int INLINE = 1_500;

  private static final int SMALL = 20_000;
  private static final int LARGE = 200_000;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {INLINE, SMALL, LARGE})
  void answersWithTheRightBytesAndHealsTheCopy(int length) throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      byte[] bytes = bytes(length, 1);
      VersionRecord version = cluster.node("n1").put("key", bytes).version();
      rot(cluster, "n1", bytes);

      assertThat(cluster.node("n1").get("key")).isEqualTo(bytes);

      Await.until(SOON, "n1 is whole", () -> isWhole(cluster, "n1", version));
      assertThat(quarantined("n1")).as("kept aside").isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {INLINE, SMALL, LARGE})
  void theSameBytesPutAgainHealTheCopy(int length) throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      byte[] bytes = bytes(length, 2);
      WriteOutcome.Written first = cluster.node("n1").put("key", bytes);
      rot(cluster, "n1", bytes);

      WriteOutcome.Written again = cluster.node("n2").put("key", bytes);

      assertThat(again.id()).as("unchanged").isEqualTo(first.id());
      Await.until(SOON, "n1 is whole", () -> isWhole(cluster, "n1", first.version()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aNewObjectNeverCountsARottenCopyOfAChunkItShares(int length) throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      byte[] bytes = bytes(length, 3);
      cluster.node("n1").put("old", bytes);
      for (String id : List.of("n1", "n2")) {
        rot(cluster, id, bytes);
      }

      WriteOutcome.Written outcome = cluster.node("n3").put("new", bytes);

      assertThat(outcome.written()).isGreaterThanOrEqualTo(2);
      ChunkRef ref = outcome.version().chunks().getFirst();
      long right =
          List.of("n1", "n2", "n3").stream()
              .filter(id -> cluster.node(id).store.chunks().read(ref).isPresent())
              .count();
      assertThat(right).isGreaterThanOrEqualTo(outcome.written());
    }
  }

  @Test
  void aReplicaThatServesAnotherNodeHealsItselfToo() throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      byte[] bytes = bytes(LARGE, 4);
      VersionRecord version = cluster.node("n1").put("key", bytes).version();
      ChunkRef ref = version.chunks().getFirst();
      rot(cluster, "n2", bytes);

      // As n1 would ask it: the answer is "I have none".
      assertThat(cluster.node("n2").store.chunks().read(ref)).isEmpty();

      Await.until(SOON, "n2 is whole", () -> isWhole(cluster, "n2", version));
    }
  }

  private static boolean isWhole(ObjectCluster cluster, String id, VersionRecord version) {
    return cluster.node(id).store.records().isConfirmed(new ObjectKey("key"), version.id())
        && version.chunks().stream().allMatch(cluster.node(id).store.chunks()::isIntact);
  }

  private boolean quarantined(String id) throws IOException {
    try (var files = Files.walk(folder.resolve(id))) {
      return files
          .filter(Files::isRegularFile)
          .anyMatch(file -> file.toString().contains("quarantine/"));
    }
  }

  /** Flips a bit of these bytes wherever the stopped node has them on its disk. */
  private void rot(ObjectCluster cluster, String id, byte[] bytes) throws IOException {
    Await.until(SOON, id + " has its copy", () -> cluster.node(id).holds(keyOf(cluster, id)));
    cluster.kill(id);
    int flipped = 0;
    try (var files = Files.walk(folder.resolve(id))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        flipped += flip(file, java.util.Arrays.copyOfRange(bytes, 700, 720));
      }
    }
    assertThat(flipped).as("places on the disk of " + id).isPositive();
    cluster.start(id);
  }

  private static String keyOf(ObjectCluster cluster, String id) {
    return cluster.node(id).list("").getFirst();
  }

  private static int flip(Path file, byte[] pattern) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    String wanted = new String(pattern, StandardCharsets.ISO_8859_1);
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int flipped = 0;
    for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      bytes[at] ^= 1;
      flipped++;
    }
    if (flipped > 0) {
      Files.write(file, bytes);
    }
    return flipped;
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
