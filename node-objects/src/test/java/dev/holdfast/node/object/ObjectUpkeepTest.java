// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.testkit.Await;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What writes leave behind, and what that costs later. */
@Timeout(90)
final class ObjectUpkeepTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final List<String> ALL = List.of("n1", "n2", "n3");

  @TempDir Path folder;

  /** R24: a replica that is late is not missing; when its writer fails, the others finish it. */
  @Test
  void theOthersQueueAReplicaWhoseWriterFailsAfterTheAnswer() {
    CountDownLatch answered = new CountDownLatch(1);
    AtomicInteger stagings = new AtomicInteger();
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      cluster.peers.lost =
          request -> {
            if (request instanceof ObjectMessages.StageVersions
                && stagings.incrementAndGet() == 2) {
              Await.get(() -> answered.await(60, TimeUnit.SECONDS));
              return true;
            }
            return request instanceof ObjectMessages.HoldVersion;
          };

      cluster.node("n1").put("key", utf8("value"));

      assertThat(queueing(cluster)).isZero();
      answered.countDown();
      Await.until(SOON, "both that have it queue it", () -> queueing(cluster) == 2);
      cluster.peers.lost = _ -> false;
      Await.until(
          SOON,
          "all have it",
          () ->
              queueing(cluster) == 0 && ALL.stream().allMatch(id -> cluster.node(id).holds("key")));
    }
  }

  private static long queueing(ObjectCluster cluster) {
    return ALL.stream().filter(id -> cluster.node(id).store.records().queueSize() > 0).count();
  }

  @Test
  void manyWritersOfOneKeyAllSucceedAndLeaveNothingStaged() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicLong stagings = new AtomicLong();
      cluster.peers.lost =
          request -> {
            if (request instanceof ObjectMessages.StageVersions) {
              stagings.incrementAndGet();
            }
            return false;
          };
      List<CompletableFuture<?>> writers = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        int writer = i;
        writers.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int j = 0; j < 4; j++) {
                    cluster.node("n" + (writer % 3 + 1)).put("key", utf8(writer + " " + j));
                  }
                },
                threads));
      }

      writers.forEach(CompletableFuture::join);

      for (String id : ALL) {
        Await.until(
            SOON,
            id + " gave back what was staged in vain",
            () -> cluster.node(id).store.records().stagedCount() == 0);
      }
      assertThat(
              cluster.node("n1").service().versions(new ObjectKey("key")).orElseThrow().versions())
          .hasSize(32 * 4);
      assertThat(stagings.get())
          .as("each write once at two other nodes; at first all compete")
          .isLessThan(2 * (32 * 4 + 3 * 32));
    }
  }

  @Test
  void aRefusedWriteIsTakenBackAtOnce() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      String fence = cluster.claim("printer");
      cluster.loseClaim("printer");

      ProblemException problem =
          problem(() ->
              cluster.node("n1").put("key", utf8("late"), Preconditions.NONE, Optional.of(fence)));

      assertThat(problem.code()).isEqualTo("FENCED");
      for (String id : ALL) {
        Await.until(
            SOON, id + " gave it back", () -> cluster.node(id).store.records().stagedCount() == 0);
      }
    }
  }

  @Test
  void takingBackLeavesTheSameVersionOfAnotherWriter() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      NodeStore records = cluster.node("n1").store.records();
      VersionRecord root = cluster.node("n1").put("key", utf8("root")).version();
      VersionRecord first = child(root, "same", records);
      VersionRecord second = child(root, "same", records);
      records.stage(first);
      records.stage(second);

      assertThat(records.unstage(root.key(), first.id(), first.dots().first())).isFalse();
      assertThat(records.version(root.key(), second.id())).isPresent();
      assertThat(records.unstage(root.key(), second.id(), second.dots().first())).isTrue();
      assertThat(records.version(root.key(), second.id())).isEmpty();
      assertThat(records.unstage(root.key(), root.id(), root.dots().first()))
          .as("what was agreed on stays")
          .isFalse();
    }
  }

  @Test
  void settlesAllRecordsOfAKeyByOneWalk() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      ObjectCluster.Node node = cluster.node("n1");
      VersionRecord root = node.put("key", utf8("root")).version();
      for (int i = 0; i < 40; i++) {
        node.put("key", utf8("line " + i));
      }
      for (int i = 0; i < 100; i++) {
        node.store.records().stage(child(root, "apart " + i, node.store.records()));
      }
      AtomicLong now = new AtomicLong();
      StagedSweeper sweeper = sweeper(node, now);

      assertThat(sweeper.runOnce()).as("too young").isZero();
      now.addAndGet(Duration.ofMinutes(2).toNanos());
      assertThat(sweeper.runOnce()).isEqualTo(100);

      assertThat(node.store.records().stagedCount()).isZero();
      assertThat(sweeper.walked()).isBetween(40L, 42L);
      assertThat(node.service().versions(new ObjectKey("key")).orElseThrow().versions())
          .hasSize(41);
    }
  }

  private static VersionRecord child(VersionRecord parent, String text, NodeStore records) {
    return new VersionRecord(
        parent.key(),
        new TreeSet<>(List.of(parent.id())),
        new TreeSet<>(List.of(records.nextDot())),
        parent.seenUpTo(),
        parent.content(),
        parent.contentSha256(),
        text,
        parent.metadata(),
        false,
        "",
        1,
        0,
        VersionState.STAGED);
  }

  private static StagedSweeper sweeper(ObjectCluster.Node node, AtomicLong now) {
    return new StagedSweeper(
        "n1",
        new Agreement(node.coordinator, ObjectCluster.TIMEOUT),
        node.storage.replicas(),
        node.store.records(),
        Duration.ofMinutes(1),
        now::get);
  }

  @Test
  void aQuietNodeDoesNothingHoweverMuchWasWritten() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      ObjectCluster.Node node = cluster.node("n1");
      for (int i = 0; i < 150; i++) {
        node.put("key", utf8("overwritten " + i));
      }
      for (String id : ALL) {
        Await.until(
            SOON,
            id + " is quiet",
            () ->
                cluster.node(id).store.records().stagedCount() == 0
                    && cluster.node(id).store.records().queueSize() == 0
                    // The look at branches after the start has left its mark.
                    && cluster.node(id).store.records().starts().touchedRevision() > 0);
      }
      long commits = node.store.records().commits();
      long looks = node.storage.looks();
      long calls = cluster.peers.calls.get();

      for (int i = 0; i < 10; i++) {
        assertThat(node.storage.sweeper().runOnce()).isZero();
        assertThat(node.storage.replication().runOnce()).isZero();
        assertThat(node.storage.catchUp().runOnce()).isZero();
      }

      assertThat(node.store.records().commits()).isEqualTo(commits);
      assertThat(node.storage.looks()).isEqualTo(looks);
      assertThat(node.storage.sweeper().walked()).isZero();
      assertThat(cluster.peers.calls.get()).isEqualTo(calls);
    }
  }

  @Test
  void keepsItsQueueOverARestartBeforeTheMapIsKnown() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      cluster.kill("n3");
      List<Intent> intents = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        intents.add(Intent.agreed("n3", new ObjectKey("k" + i), new VersionId("ab".repeat(32))));
      }
      cluster.node("n1").store.records().enqueue(intents);
      cluster.kill("n1");
      cluster.isMapUnknown = true;

      ObjectCluster.Node again = cluster.start("n1");
      assertThat(again.storage.replication().runOnce()).isZero();

      assertThat(again.storage.queuedCopies()).isEqualTo(40);
    }
  }

  @Test
  void nodesThatAreUpAndTooSlowAreNoLackOfAMajority() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      cluster.peers.slow = request -> request instanceof ObjectMessages.StageVersions;

      ProblemException problem = problem(() -> cluster.node("n1").put("key", utf8("1")));

      assertThat(problem.code()).isEqualTo("OVERLOADED");
      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.members()).containsKey("retryAfterSeconds");
    }
  }

  private static ProblemException problem(Runnable action) {
    ProblemException problem = catchThrowableOfType(ProblemException.class, action::run);
    assertThat(problem).as("a problem").isNotNull();
    return problem;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
