// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A node that collects garbage all the time, with graces of a second, is written to and killed. It
 * is alone, so no other copy heals what it would lose.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CleanupIT {
  private static final int ROUNDS = Math.max(2, Integer.getInteger("holdfast.rounds", 3));
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Duration START = Duration.ofMinutes(2);

  /** By the policy that ships, of one object. */
  private static final int KEPT_VERSIONS = 10;

  private static final int SMALL = 20_000;
  private static final int LARGE = 100_000;
  private static final String WRONG = "0".repeat(64);

  private final Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void aKillDuringTheCollectionLosesNothingAndGarbageGoes() throws Exception {
    long seed = System.nanoTime();
    try (LocalCluster cluster =
            LocalCluster.builder()
                .nodes(1)
                .option("cleanup.every", "200ms")
                .option("cleanup.grace", "1s")
                .option("cleanup.trashGrace", "500ms")
                .option("cleanup.policy", "cleanup-standard/default")
                .option("cleanup.policyMode", "run")
                .option("cleanup.policyEvery", "300ms")
                .option("plugins.cleanup-standard.younger", "0s")
                .option("objects.tombstoneRetention", "1s")
                .start();
        NodeCalls calls = new NodeCalls()) {
      LocalNode node = cluster.node("n1");
      for (int round = 0; round < ROUNDS; round++) {
        AtomicBoolean isOver = new AtomicBoolean();
        Random random = new Random(seed + round);
        int first = round * 1_000;
        Thread writer = Thread.ofVirtual().start(() -> write(node, first, random, isOver));
        Await.until(
            SOON,
            () -> "chunks are taken away" + cluster.logTails(),
            () -> removed(calls, node) > 0);
        node.kill();
        isOver.set(true);
        writer.join();
        assertThat(faults).isEmpty();
        node.start().awaitReady(START);
        assertAllRead(calls, node, "seed " + seed + ", round " + round);
      }

      // Also those whose answer was lost in a kill.
      long wanted = calls.countOfSize(node, "kept/", LARGE);
      Await.until(
          SOON,
          () -> "only chunks of objects are left" + cluster.logTails(),
          () -> files(node) == wanted);
      assertAllRead(calls, node, "seed " + seed + ", at the end");
      assertOldVersionsGo(cluster, calls, node, wanted);
      assertThat(put(node, "gone", new byte[] {1}, false)).isEqualTo(201);
      assertThat(status(request(node, "gone").DELETE())).isEqualTo(200);
      Await.until(
          SOON,
          () -> "the deletion is forgotten" + cluster.logTails(),
          () -> versions(node) == 404);
      assertThat(put(node, "gone", new byte[] {1}, false)).isEqualTo(201);
      Cli.Result nothing =
          new Cli(cluster).run("quarantine", "ls", "--server", node.apiUri().getAuthority());
      assertThat(nothing.output()).contains("nothing is set aside");
      Cli.Result status =
          new Cli(cluster).run("cleanup", "plan", "--server", node.apiUri().getAuthority());
      assertThat(status.exitCode()).as(status.output()).isZero();
      assertThat(status.output()).containsPattern("n1 +(plan|done|running) ");
      assertThat(Files.readString(node.data().resolve("objects").resolve("deletions.log")))
          .contains("no version uses it", "trashed long enough")
          .contains(" reap \"gone\"@", " forget \"gone\" ");
    }
  }

  private void assertOldVersionsGo(
      LocalCluster cluster, NodeCalls calls, LocalNode node, long before) throws Exception {
    List<String> versions = new ArrayList<>();
    byte[] bytes = new byte[LARGE];
    for (byte i = 1; i <= 13; i++) {
      bytes[0] = i;
      assertThat(put(node, "versioned", bytes, false)).isIn(200, 201);
      HttpRequest read =
          HttpRequest.newBuilder(URI.create(node.apiUri() + "/v1/objects/versioned")).build();
      versions.add(
          http.send(read, BodyHandlers.discarding()).headers().firstValue("ETag").orElseThrow());
    }
    Await.until(
        SOON,
        () -> "the chunks of old versions go" + cluster.logTails(),
        () -> files(node) == before + KEPT_VERSIONS);
    assertThat(calls.get(node, "versioned").body()).isEqualTo(bytes);
    String oldest = versions.getFirst().replace("\"", "");
    HttpRequest read =
        HttpRequest.newBuilder(
                URI.create(node.apiUri() + "/v1/objects/versioned?version=" + oldest))
            .timeout(NodeCalls.ANSWER)
            .build();
    assertThat(http.send(read, BodyHandlers.ofString()))
        .satisfies(answer -> {
          assertThat(answer.statusCode()).isEqualTo(410);
          assertThat(answer.body()).contains("VERSION_REMOVED");
        });
    Cli.Result log =
        new Cli(cluster).run("log", "versioned", "--server", node.apiUri().getAuthority());
    assertThat(log.output()).containsPattern(oldest.substring(0, 12) + " +removed ");
    Cli.Result status =
        new Cli(cluster).run("cleanup", "status", "--server", node.apiUri().getAuthority());
    assertThat(status.output()).contains("cleanup-standard/default");
  }

  /** Content that was refused is garbage; a while later the same content is written for good. */
  private void write(LocalNode node, int first, Random random, AtomicBoolean isOver) {
    for (int i = first; !isOver.get(); i++) {
      byte[] bytes = new byte[random.nextBoolean() ? SMALL : LARGE];
      random.nextBytes(bytes);
      try {
        int refusal = put(node, "refused/" + i, bytes, true);
        if (refusal != 400) {
          faults.add("refused/" + i + " answered " + refusal);
        }
        if (i % 3 == 0) {
          String key = "kept/" + i;
          if (put(node, key, bytes, false) == 201) {
            acknowledged.put(key, bytes);
          }
        }
      } catch (IOException e) {
        return; // It was killed.
      }
    }
  }

  private int put(LocalNode node, String key, byte[] bytes, boolean isRefused) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(node.apiUri() + "/v1/objects/" + key))
            .timeout(NodeCalls.ANSWER)
            .PUT(BodyPublishers.ofByteArray(bytes));
    if (isRefused) {
      request.header("Holdfast-Sha256", WRONG);
    }
    try {
      return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private int versions(LocalNode node) {
    try {
      return status(request(node, "gone?versions").GET());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpRequest.Builder request(LocalNode node, String path) {
    return HttpRequest.newBuilder(URI.create(node.apiUri() + "/v1/objects/" + path))
        .timeout(NodeCalls.ANSWER);
  }

  private int status(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private void assertAllRead(NodeCalls calls, LocalNode node, String when) throws IOException {
    for (Map.Entry<String, byte[]> object : acknowledged.entrySet()) {
      assertThat(calls.get(node, object.getKey()).body())
          .as("%s: %s of %s", when, object.getKey(), acknowledged.size())
          .isEqualTo(object.getValue());
    }
  }

  private static double removed(NodeCalls calls, LocalNode node) {
    try {
      return calls.metric(node, "holdfast_chunks_removed_total");
    } catch (IOException e) {
      return 0;
    }
  }

  private static long files(LocalNode node) {
    Path folder = node.data().resolve("objects").resolve("chunks").resolve("files");
    AtomicLong count = new AtomicLong();
    try (Stream<Path> files = Files.walk(folder)) {
      files.filter(Files::isRegularFile).forEach(_ -> count.incrementAndGet());
    } catch (IOException e) {
      return -1; // Something went while we looked.
    }
    return count.get();
  }
}
