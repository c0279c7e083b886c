// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.CommitFate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
final class ObjectServiceTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;

  @Test
  void acknowledgesWithAllCopiesAndReadsThemFromEveryNode() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      byte[] large = bytes(5 * (1 << 20) + 77, 1);
      byte[] medium = bytes(20_000, 2);

      cluster.node("n1").put("a/small", utf8("hello"));
      cluster.node("n2").put("a/medium", medium);
      WriteOutcome.Written outcome = cluster.node("n3").put("a/large", large);

      assertThat(outcome.wanted()).isEqualTo(3);
      assertThat(outcome.created()).isTrue();
      assertThat(outcome.version().state()).isEqualTo(VersionState.CONFIRMED);
      for (String id : List.of("n1", "n2", "n3")) {
        assertThat(cluster.node(id).get("a/small")).isEqualTo(utf8("hello"));
        assertThat(cluster.node(id).get("a/medium")).isEqualTo(medium);
        assertThat(cluster.node(id).get("a/large")).isEqualTo(large);
      }
    }
  }

  @Test
  void keepsAcknowledgedObjectsReadableWhenAnyNodeIsKilled() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      for (int i = 0; i < 12; i++) {
        cluster.node("n" + (i % 3 + 1)).put("key-" + i, bytes(3_000 * (i + 1), i));
      }

      cluster.kill("n2");

      for (int i = 0; i < 12; i++) {
        assertThat(cluster.node("n1").get("key-" + i)).isEqualTo(bytes(3_000 * (i + 1), i));
        assertThat(cluster.node("n3").get("key-" + i)).isEqualTo(bytes(3_000 * (i + 1), i));
      }
    }
  }

  @Test
  void servesKeysOfWhichItHoldsNothing() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      byte[] large = bytes(2 * (1 << 20) + 1, 3);
      for (int i = 0; i < 10; i++) {
        cluster.node("n1").put("key-" + i, large);
      }

      for (int i = 0; i < 10; i++) {
        assertThat(cluster.node("n5").get("key-" + i)).isEqualTo(large);
      }
      long copies =
          List.of("n1", "n2", "n3", "n4", "n5").stream()
              .filter(id -> cluster.node(id).holds("key-0"))
              .count();
      assertThat(copies).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void bringsAKilledNodeUpToDateByItself() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("before", utf8("1"));
      cluster.node("n1").put("changed", utf8("old"));
      cluster.kill("n3");
      byte[] large = bytes(3 << 20, 4);
      cluster.node("n1").put("changed", utf8("new"));
      cluster.node("n1").put("changed", utf8("newer"));
      WriteOutcome.Written outcome = cluster.node("n1").put("large", large);
      assertThat(outcome.wanted()).isEqualTo(3);
      assertThat(outcome.written()).isEqualTo(2);

      cluster.start("n3");

      Await.until(
          SOON,
          "n3 holds what was written while it was down",
          () ->
              cluster.node("n3").holds("large")
                  && cluster.node("n3").store.records().queueSize() == 0
                  && cluster
                          .node("n3")
                          .store
                          .records()
                          .versions(new ObjectKey("changed"), 10)
                          .size()
                      == 3);
      cluster.kill("n1");
      cluster.kill("n2");
      // The coordinator of this test survives; the copies that are left are those of n3.
      assertThat(cluster.node("n3").get("large")).isEqualTo(large);
      assertThat(cluster.node("n3").get("changed")).isEqualTo(utf8("newer"));
      assertThat(cluster.node("n3").get("before")).isEqualTo(utf8("1"));
    }
  }

  @Test
  void finishesCopiesThatTheConfirmationDidNotReach() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.peers.lost = request -> request instanceof ObjectMessages.ConfirmVersions;
      cluster.node("n1").put("key", bytes(200_000, 5));
      cluster.peers.lost = _ -> false;

      for (String id : List.of("n1", "n2", "n3")) {
        Await.until(SOON, id + " confirms its copy", () -> cluster.node(id).holds("key"));
      }
    }
  }

  @Test
  void writesOnWithStandInsWhileTwoOfFiveAreDown() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      List<String> replicas = replicas("key");
      cluster.node(replicas.get(0)).put("key", utf8("1"));
      String survivor =
          List.of("n1", "n2", "n3", "n4", "n5").stream()
              .filter(id -> !replicas.contains(id))
              .findFirst()
              .orElseThrow();
      // Killed, and the others have not noticed yet.
      cluster.vanish(replicas.get(0));
      cluster.vanish(replicas.get(1));
      byte[] large = bytes(3 << 20, 6);

      WriteOutcome.Written outcome = cluster.node(survivor).put("key", large);

      assertThat(outcome.written()).isGreaterThanOrEqualTo(2);
      assertThat(cluster.node(survivor).get("key")).isEqualTo(large);
    }
  }

  @Test
  void refusesWithoutAMajorityAndShowsNothingOfIt() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("key", utf8("1"));
      cluster.vanish("n2");
      cluster.vanish("n3");

      ProblemException problem = problem(() -> cluster.node("n1").put("key", utf8("2")));
      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.code()).isEqualTo("NO_MAJORITY");

      cluster.peers.down.clear();
      assertThat(cluster.node("n2").get("key")).isEqualTo(utf8("1"));
      Await.until(
          SOON,
          "the staged record is swept",
          () -> cluster.node("n1").store.records().staged(10).isEmpty());
      assertThat(cluster.node("n1").store.records().versions(new ObjectKey("key"), 10)).hasSize(1);
    }
  }

  @Test
  void namesTheReplicasWhenNoCopyIsReachable() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      List<String> replicas = replicas("key");
      cluster.node("n1").put("key", bytes(100_000, 7));
      replicas.forEach(cluster::vanish);
      String other =
          List.of("n1", "n2", "n3", "n4", "n5").stream()
              .filter(id -> !replicas.contains(id))
              .findFirst()
              .orElseThrow();

      ProblemException problem = problem(() -> cluster.node(other).get("key"));

      assertThat(problem.code()).isEqualTo("COPIES_UNREACHABLE");
      assertThat(problem.members().get("holders")).isEqualTo(replicas);
    }
  }

  @Test
  void parentsConcurrentWritersOneAfterTheOther() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<WriteOutcome.Written>> writes = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String node = "n" + (i % 3 + 1);
        byte[] bytes = utf8("writer " + i);
        writes.add(
            CompletableFuture.supplyAsync(() -> cluster.node(node).put("key", bytes), threads));
      }
      Set<VersionId> ids = new HashSet<>();
      Set<String> parents = new HashSet<>();
      for (CompletableFuture<WriteOutcome.Written> write : writes) {
        WriteOutcome.Written outcome = write.join();
        ids.add(outcome.id());
        parents.add(outcome.version().parents().toString());
      }

      assertThat(ids).hasSize(12);
      assertThat(parents).as("a line: nobody shares a parent").hasSize(12);
      Histories.History history =
          cluster.node("n2").service().versions(new ObjectKey("key")).orElseThrow();
      assertThat(history.versions()).hasSize(12);
      assertThat(history.versions()).extracting(VersionSummary::state).containsOnly("confirmed");
    }
  }

  @Test
  void refusesAFencedWriteWhoseLockMovedOnAndNeverShowsIt() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      String fence = cluster.claim("printer");
      cluster.node("n1").put("key", utf8("fenced"), Preconditions.NONE, Optional.of(fence));
      cluster.loseClaim("printer");

      ProblemException problem =
          problem(() ->
              cluster.node("n1").put("key", utf8("late"), Preconditions.NONE, Optional.of(fence)));

      assertThat(problem.status()).isEqualTo(412);
      assertThat(problem.code()).isEqualTo("FENCED");
      for (String id : List.of("n1", "n2", "n3")) {
        assertThat(cluster.node(id).get("key")).isEqualTo(utf8("fenced"));
        Await.until(
            SOON,
            id + " has the write that was agreed on, and nothing of the refused one",
            () ->
                cluster.node(id).store.records().staged(10).isEmpty()
                    && cluster.node(id).store.records().versions(new ObjectKey("key"), 9).size()
                        == 1);
      }
    }
  }

  @Test
  void honoursPreconditions() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      Preconditions absent =
          new Preconditions(Optional.empty(), Optional.of(new Preconditions.Heads(true, Set.of())));
      WriteOutcome.Written first =
          cluster.node("n1").put("key", utf8("1"), absent, Optional.empty());
      Preconditions atFirst =
          new Preconditions(Optional.of(Preconditions.Heads.of(first.id())), Optional.empty());
      cluster.node("n2").put("key", utf8("2"), atFirst, Optional.empty());

      assertThat(
              problem(() -> cluster.node("n1").put("key", utf8("3"), absent, Optional.empty()))
                  .code())
          .isEqualTo("PRECONDITION_FAILED");
      assertThat(
              problem(() -> cluster.node("n3").put("key", utf8("3"), atFirst, Optional.empty()))
                  .code())
          .isEqualTo("PRECONDITION_FAILED");
      assertThat(cluster.node("n3").get("key")).isEqualTo(utf8("2"));
    }
  }

  @Test
  void deletesByATombstoneThatListingsHide() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("a", utf8("1"));
      cluster.node("n1").put("b", utf8("2"));
      cluster.node("n2").delete("a");

      assertThat(problem(() -> cluster.node("n3").get("a")).code()).isEqualTo("NOT_FOUND");
      assertThat(problem(() -> cluster.node("n3").delete("a")).code()).isEqualTo("NOT_FOUND");
      assertThat(problem(() -> cluster.node("n3").delete("never")).code()).isEqualTo("NOT_FOUND");
      assertThat(cluster.node("n3").list("")).containsExactly("b");
      Histories.History history =
          cluster.node("n3").service().versions(new ObjectKey("a")).orElseThrow();
      assertThat(history.versions())
          .extracting(VersionSummary::deleted)
          .containsExactly(true, false);

      WriteOutcome.Written again = cluster.node("n3").put("a", utf8("1"));
      assertThat(again.created()).isTrue();
      assertThat(again.version().parents()).hasSize(1);
      assertThat(cluster.node("n1").list("")).containsExactly("a", "b");
    }
  }

  @Test
  void answersTheExistingVersionWhenTheSameBytesComeAgain() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      WriteOutcome.Written first = cluster.node("n1").put("key", bytes(100_000, 8));
      WriteOutcome.Written second = cluster.node("n2").put("key", bytes(100_000, 8));

      assertThat(second.id()).isEqualTo(first.id());
      assertThat(second.created()).isFalse();
    }
  }

  @Test
  void storesNothingOfABodyThatIsCutShort() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      InputStream cut =
          new InputStream() {
            private int left = 3 << 20;

            @Override
            public int read() throws IOException {
              if (left-- <= 0) {
                throw new IOException("connection reset");
              }
              return 1;
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
              if (left <= 0) {
                throw new IOException("connection reset");
              }
              int read = Math.min(left, length);
              left -= read;
              return read;
            }
          };

      ProblemException problem =
          problem(() ->
              cluster
                  .node("n1")
                  .put(
                      new WriteRequest(
                          new ObjectKey("key"),
                          "",
                          new TreeMap<>(),
                          false,
                          Preconditions.NONE,
                          Optional.empty(),
                          ""),
                      new ObjectService.Upbound(cut, 4 << 20, Optional.empty())));

      assertThat(problem.code()).isEqualTo("BODY_INCOMPLETE");
      assertThat(problem(() -> cluster.node("n2").get("key")).code()).isEqualTo("NOT_FOUND");
      assertThat(cluster.node("n1").list("")).isEmpty();
    }
  }

  @Test
  void tellsAnUnknownOutcomeAndFindsOutLater() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.agreement.nextCommit("n1", CommitFate.UNKNOWN_APPLIED);

      ProblemException problem = problem(() -> cluster.node("n1").put("key", utf8("1")));

      assertThat(problem.code()).isEqualTo("OUTCOME_UNKNOWN");
      assertThat(cluster.node("n2").get("key")).isEqualTo(utf8("1"));
      for (String id : List.of("n1", "n2", "n3")) {
        Await.until(SOON, id + " confirms its copy", () -> cluster.node(id).holds("key"));
      }
    }
  }

  @Test
  void sweepsNothingThatALateCommitCouldCount() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.agreement.nextCommit("n1", CommitFate.UNKNOWN_APPLIED_LATER);
      assertThat(problem(() -> cluster.node("n1").put("key", utf8("late"))).code())
          .isEqualTo("OUTCOME_UNKNOWN");
      for (String id : List.of("n1", "n2", "n3")) {
        Await.until(
            SOON, id + " swept", () -> cluster.node(id).store.records().staged(10).isEmpty());
      }

      cluster.agreement.deliverLate("n1");

      assertThat(problem(() -> cluster.node("n2").get("key")).code())
          .as("the sweep touched the head, so the late commit failed")
          .isEqualTo("NOT_FOUND");
    }
  }

  @Test
  void restoresADamagedCopyFromAnotherReplica() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      byte[] bytes = bytes(1 << 20, 9);
      VersionRecord version = cluster.node("n1").put("key", bytes).version();
      String name = version.chunks().getFirst().hash().toHex();
      Path file = folder.resolve("n1/chunks/files").resolve(name.substring(0, 2)).resolve(name);
      Await.until(SOON, "n1 has its copy", () -> java.nio.file.Files.exists(file));
      byte[] damaged = bytes.clone();
      damaged[77] ^= 1;
      java.nio.file.Files.write(file, damaged);

      assertThat(cluster.node("n1").get("key")).isEqualTo(bytes);

      assertThat(java.nio.file.Files.readAllBytes(file)).isEqualTo(bytes);
      assertThat(folder.resolve("n1/chunks/quarantine")).isNotEmptyDirectory();
    }
  }

  @Test
  void listsInByteOrderWithDelimiterAndPagesAndTellsWhoIsMissing() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4)) {
      for (String key : List.of("b/1", "b/2", "a", "c/x/1", "é", "\ud83d\ude00", "\uffee", "z")) {
        cluster.node("n1").put(key, utf8(key));
      }

      ObjectLister.Page all =
          cluster
              .node("n2")
              .service()
              .list(new ObjectLister.Query("", "/", "", 1_000))
              .orElseThrow();
      assertThat(all.objects())
          .extracting(row -> row.key().value())
          .as("UTF-8 order: U+FFEE before U+1F600")
          .containsExactly("a", "z", "é", "\uffee", "\ud83d\ude00");
      assertThat(all.prefixes()).containsExactly("b/", "c/");
      assertThat(all.isComplete()).isTrue();
      assertThat(all.next()).isEmpty();

      List<String> paged = new ArrayList<>();
      Optional<String> after = Optional.of("");
      while (after.isPresent()) {
        ObjectLister.Page page =
            cluster
                .node("n3")
                .service()
                .list(new ObjectLister.Query("", "/", after.get(), 1))
                .orElseThrow();
        page.objects().forEach(row -> paged.add(row.key().value()));
        paged.addAll(page.prefixes());
        after = page.next();
      }
      assertThat(paged).containsExactly("a", "b/", "c/", "z", "é", "\uffee", "\ud83d\ude00");

      cluster.kill("n4");
      ObjectLister.Page partial =
          cluster
              .node("n2")
              .service()
              .list(new ObjectLister.Query("b/", "", "", 1_000))
              .orElseThrow();
      assertThat(partial.isComplete()).isFalse();
      assertThat(partial.unreachable()).containsExactly("n4");
      assertThat(partial.objects()).hasSize(2);
    }
  }

  @Test
  void movesAllVersionsOffADrainingNode() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4)) {
      for (int i = 0; i < 12; i++) {
        cluster.node("n1").put("key-" + i, bytes(100_000, i));
        cluster.node("n1").put("key-" + i, bytes(100_000, 100 + i));
      }
      cluster.drain("n4");

      Await.until(SOON, "n4 is drained", () -> cluster.node("n1").storage.drain("n4").left() == 0);
      cluster.kill("n4");

      for (int i = 0; i < 12; i++) {
        String key = "key-" + i;
        for (String id : List.of("n1", "n2", "n3")) {
          Await.until(
              SOON,
              id + " holds all of " + key,
              () ->
                  cluster.node(id).holds(key)
                      && cluster.node(id).store.records().versions(new ObjectKey(key), 9).size()
                          == 2);
        }
        assertThat(cluster.node("n2").get(key)).isEqualTo(bytes(100_000, 100 + i));
      }
    }
  }

  @Test
  void aDrainingNodeThatIsUpStaysUntilAllItsCopiesAreWholeElsewhere() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4)) {
      for (int i = 0; i < 12; i++) {
        cluster.node("n1").put("key-" + i, bytes(1_000, i));
      }
      cluster.kill("n3");
      cluster.drain("n4");

      // Two copies would be a majority, and one fewer than there are with n4.
      long left = cluster.node("n1").storage.drain("n4").left();
      assertThat(left).isEqualTo(holding(cluster, "n4")).isPositive();
      cluster.start("n3");

      Await.until(SOON, "n4 is drained", () -> cluster.node("n1").storage.drain("n4").left() == 0);
      for (int i = 0; i < 12; i++) {
        assertThat(head(cluster, "key-" + i).holders()).containsExactlyInAnyOrder("n1", "n2", "n3");
      }
    }
  }

  @Test
  void copiesOfADrainingNodeGoToAnotherOneWhenAReplicaIsDown() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      for (int i = 0; i < 12; i++) {
        cluster.node("n1").put("key-" + i, bytes(1_000, i));
      }
      Map<String, HeadRecord> before = new TreeMap<>();
      for (int i = 0; i < 12; i++) {
        before.put("key-" + i, head(cluster, "key-" + i));
      }
      cluster.kill("n3");
      cluster.drain("n4");

      Await.until(SOON, "n4 is drained", () -> cluster.node("n1").storage.drain("n4").left() == 0);

      before.values().removeIf(head -> !head.holders().contains("n4"));
      assertThat(before).isNotEmpty();
      for (String key : before.keySet()) {
        assertThat(head(cluster, key).written()).containsExactlyInAnyOrder("n1", "n2", "n5");
        assertThat(List.of("n1", "n2", "n5")).allMatch(id -> cluster.node(id).holds(key));
      }
    }
  }

  @Test
  void aDeadNodeLeavesWithAsManyCopiesAsTheOthersCanHoldNow() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4)) {
      for (int i = 0; i < 12; i++) {
        cluster.node("n1").put("key-" + i, bytes(1_000, i));
      }
      for (int i = 0; i < 12; i++) {
        String key = "key-" + i;
        Await.until(
            SOON,
            "all copies of " + key,
            () ->
                head(cluster, key).holders().stream().allMatch(id -> cluster.node(id).holds(key)));
      }
      cluster.kill("n3");
      cluster.kill("n4");
      cluster.drain("n4");

      Await.until(SOON, "n4 is drained", () -> cluster.node("n1").storage.drain("n4").left() == 0);

      for (int i = 0; i < 12; i++) {
        assertThat(head(cluster, "key-" + i).holders()).doesNotContain("n4");
        assertThat(cluster.node("n2").get("key-" + i)).isEqualTo(bytes(1_000, i));
      }
    }
  }

  private static HeadRecord head(ObjectCluster cluster, String key) {
    Entry entry =
        cluster
            .node("n1")
            .coordinator
            .read(new ObjectKey(key).entry(), ObjectCluster.TIMEOUT)
            .entry();
    assertThat(entry).as(key).isNotNull();
    return HeadRecord.decode(Objects.requireNonNull(entry).value());
  }

  private static long holding(ObjectCluster cluster, String node) {
    return IntStream.range(0, 12)
        .filter(i -> head(cluster, "key-" + i).holders().contains(node))
        .count();
  }

  /** The replicas that the policy will choose for a new key. */
  private static List<String> replicas(String key) {
    return dev.holdfast.spi.placement.Rendezvous.rank(key, List.of("n1", "n2", "n3", "n4", "n5"))
        .subList(0, 3);
  }

  private static ProblemException problem(Runnable action) {
    ProblemException problem = catchThrowableOfType(ProblemException.class, action::run);
    assertThat(problem).as("a problem").isNotNull();
    return problem;
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
