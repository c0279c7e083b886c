// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.core.version.WriteTerms.Consistency;
import dev.holdfast.core.version.WriteTerms.Durability;
import dev.holdfast.node.peer.PeerRequest;
import dev.holdfast.testkit.Await;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is written without agreement: accepted, kept, brought together again, merged. */
@Timeout(90)
final class BranchTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final List<String> ALL = List.of("n1", "n2", "n3");
  private static final WriteTerms PROVISIONAL =
      new WriteTerms(Durability.MAJORITY, Consistency.PROVISIONAL, new TreeSet<>());

  @TempDir Path folder;

  @Test
  void aNodeThatIsCutOffTakesProvisionalWritesAndReadsThem() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId agreed = cluster.node("n1").put("k", utf8("agreed")).id();
      everywhere(cluster, "k");
      cluster.cutOff("n1");

      WriteOutcome.Accepted accepted = accepted(cluster.node("n1"), "k", "apart");

      assertThat(accepted.version().parents()).containsExactly(agreed);
      assertThat(accepted.version().state()).isEqualTo(VersionState.PROVISIONAL);
      assertThat(accepted.isBranch()).isFalse();
      assertThat(accepted.written()).isEqualTo(1);
      assertThat(accepted.wanted()).isEqualTo(3);
      assertThat(cluster.node("n1").get("k")).isEqualTo(utf8("agreed"));
      assertThat(cluster.node("n1").get("k", ReadMode.PROVISIONAL_ALLOWED))
          .isEqualTo(utf8("apart"));
      assertThat(cluster.node("n1").get("k", accepted.id())).isEqualTo(utf8("apart"));
      assertThatThrownBy(() -> cluster.node("n1").get("k", ReadMode.CONFIRMED_ONLY))
          .isInstanceOf(ObjectException.Unavailable.class);
      assertThat(cluster.node("n2").get("k", ReadMode.PROVISIONAL_ALLOWED))
          .isEqualTo(utf8("agreed"));
    }
  }

  @Test
  void theNextWriteOfACutOffNodeFollowsTheLastOne() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("k", utf8("agreed"));
      everywhere(cluster, "k");
      cluster.cutOff("n1");

      WriteOutcome.Accepted first = accepted(cluster.node("n1"), "k", "1");
      WriteOutcome.Accepted again = accepted(cluster.node("n1"), "k", "1");
      WriteOutcome.Accepted second = accepted(cluster.node("n1"), "k", "2");

      assertThat(again.id()).isEqualTo(first.id());
      assertThat(second.version().parents()).containsExactly(first.id());
      assertThat(cluster.node("n1").store.records().branches().of(new ObjectKey("k")))
          .containsExactly(second.id());
    }
  }

  @Test
  void whatExtendsTheHeadIsConfirmedAfterTheRejoin() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("old", utf8("agreed"));
      everywhere(cluster, "old");
      cluster.cutOff("n1");
      WriteOutcome.Accepted first = accepted(cluster.node("n1"), "old", "1");
      WriteOutcome.Accepted second = accepted(cluster.node("n1"), "old", "2");
      byte[] large = bytes(3 * (1 << 20) + 5, 1);
      WriteOutcome created = cluster.node("n1").write("new", large, WriteTerms.DEFAULT);
      assertThat(created).isInstanceOf(WriteOutcome.Accepted.class);
      assertThat(cluster.node("n1").list("")).containsExactly("new", "old");

      cluster.heal();

      Await.until(
          SOON,
          "all nodes hold both, agreed on",
          () -> ALL.stream().allMatch(id -> isSettled(cluster.node(id))));
      for (String id : ALL) {
        assertThat(cluster.node(id).get("old", ReadMode.CONFIRMED_ONLY)).isEqualTo(utf8("2"));
        assertThat(cluster.node(id).get("new", ReadMode.CONFIRMED_ONLY)).isEqualTo(large);
        assertThat(cluster.node(id).get("old", first.id())).isEqualTo(utf8("1"));
      }
      assertThat(cluster.node("n2").get("old", second.id())).isEqualTo(utf8("2"));
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  @Test
  void bothSidesKeepWhatTheyWroteAndAMergeEndsTheConflict() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("k", utf8("base"));
      everywhere(cluster, "k");
      cluster.cutOff("n1");
      VersionId apart = accepted(cluster.node("n1"), "k", "apart").id();
      VersionId majority = cluster.node("n2").put("k", utf8("majority")).id();

      cluster.heal();

      Await.until(
          SOON,
          "every version is on every node",
          () ->
              ALL.stream()
                  .allMatch(id ->
                      has(cluster.node(id), "k", apart, VersionState.PROVISIONAL)
                          && has(cluster.node(id), "k", majority, VersionState.CONFIRMED)));
      Await.until(SOON, "users are notified", () -> cluster.isReported("n1"));
      for (String id : ALL) {
        ConflictLister.Conflict conflict = only(cluster.node(id).conflicts());
        assertThat(conflict.confirmed()).contains(majority);
        assertThat(conflict.branches())
            .singleElement()
            .satisfies(branch -> assertThat(branch.id()).isEqualTo(apart));
        assertThat(cluster.node(id).get("k")).isEqualTo(utf8("majority"));
      }

      // A second rejoin changes nothing.
      long commits = cluster.agreement.revision();
      cluster.cutOff("n1");
      cluster.heal();
      Await.until(SOON, "n1 is back", () -> cluster.node("n1").get("k").length > 0);
      assertThat(run(cluster.node("n1"))).isZero();
      assertThat(run(cluster.node("n2"))).isZero();
      assertThat(cluster.agreement.revision() - commits).isLessThanOrEqualTo(2);
      assertThat(cluster.conflicts).containsExactly(apart);

      WriteOutcome merged =
          cluster.node("n3").write("k", utf8("both"), terms(Consistency.AUTO, apart, majority));

      assertThat(merged).isInstanceOf(WriteOutcome.Written.class);
      Await.until(
          SOON,
          "no branch is left",
          () -> ALL.stream().allMatch(id -> cluster.node(id).storage.branches() == 0));
      for (String id : ALL) {
        assertThat(cluster.node(id).conflicts()).isEmpty();
        assertThat(cluster.node(id).get("k")).isEqualTo(utf8("both"));
        assertThat(cluster.node(id).get("k", apart)).isEqualTo(utf8("apart"));
        assertThat(cluster.node(id).get("k", majority)).isEqualTo(utf8("majority"));
      }
    }
  }

  @Test
  void aMergeMayTakeTheBytesOfOneVersion() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      byte[] large = bytes(2 * (1 << 20) + 1, 7);
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      VersionId head = cluster.node("n1").put("k", utf8("head")).id();
      WriteOutcome.Accepted branch =
          (WriteOutcome.Accepted)
              cluster.node("n2").write("k", large, terms(Consistency.AUTO, base));
      assertThat(branch.isBranch()).isTrue();

      WriteOutcome merged =
          cluster
              .node("n3")
              .merge("k", branch.id(), terms(Consistency.CONFIRMED, head, branch.id()));

      assertThat(merged).isInstanceOf(WriteOutcome.Written.class);
      assertThat(cluster.node("n1").get("k", ReadMode.CONFIRMED_ONLY)).isEqualTo(large);
    }
  }

  @Test
  void theSameChangeMadeAgainIsTheVersionThatWasAgreedOn() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      VersionId head = cluster.node("n1").put("k", utf8("head")).id();
      everywhere(cluster, "k");

      WriteOutcome again =
          cluster.node("n2").write("k", utf8("head"), terms(Consistency.AUTO, base));

      assertThat(again).isInstanceOf(WriteOutcome.Written.class);
      assertThat(((WriteOutcome.Written) again).id()).isEqualTo(head);
      assertThat(cluster.node("n2").conflicts()).isEmpty();
      awaitStates(cluster.node("n1"), "k", "confirmed", "confirmed");
    }
  }

  @Test
  void whoWantsNoBranchIsRefused() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      VersionId head = cluster.node("n1").put("k", utf8("head")).id();

      WriteOutcome refused =
          cluster.node("n2").write("k", utf8("late"), terms(Consistency.CONFIRMED, base));

      assertThat(refused).isEqualTo(new WriteOutcome.NotOnHead(new ObjectKey("k"), head));
      assertThat(cluster.node("n1").conflicts()).isEmpty();
      Await.until(
          SOON,
          "nothing is left of it",
          () -> ALL.stream().allMatch(id -> cluster.node(id).storage.stagedRecords() == 0));
      awaitStates(cluster.node("n1"), "k", "confirmed", "confirmed");
    }
  }

  /** R21: what was staged for a write that failed is nothing that others may build on. */
  @Test
  void aStagedVersionIsNoParent() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      ObjectCluster.Node n1 = cluster.node("n1");
      VersionRecord base = n1.put("k", utf8("base")).version();
      VersionId head = n1.put("k", utf8("head")).id();
      VersionRecord staged =
          new Drafts(n1.store.records(), n1.storage.storeStart(), InstantSource.system())
              .draft(
                  n1.request("k"),
                  BodyReader.Body.EMPTY,
                  new TreeSet<>(Set.of(base.id())),
                  Drafts.seen(List.of(base)),
                  0);
      n1.store.records().stage(staged);

      WriteOutcome refused =
          n1.write("k", utf8("both"), terms(Consistency.CONFIRMED, head, staged.id()));

      assertThat(refused).isEqualTo(new WriteOutcome.NotOnHead(new ObjectKey("k"), head));
      assertThat(has(n1, "k", staged.id(), VersionState.STAGED)).isTrue();
      assertThat(n1.service().find(new ObjectKey("k"), staged.id())).isEmpty();
    }
  }

  @Test
  void conditionsAreNeverMetWithoutAgreement() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId head = cluster.node("n1").put("k", utf8("agreed")).id();
      everywhere(cluster, "k");
      String fence = cluster.claim("l");
      cluster.cutOff("n1");

      Preconditions onHead =
          new Preconditions(Optional.of(Preconditions.Heads.of(head)), Optional.empty());
      assertThatThrownBy(() -> cluster.node("n1").put("k", utf8("x"), onHead, Optional.empty()))
          .hasMessageContaining("majority");
      assertThatThrownBy(
              () -> cluster.node("n1").put("k", utf8("x"), Preconditions.NONE, Optional.of(fence)))
          .hasMessageContaining("majority");
      assertThatThrownBy(
              () -> cluster.node("n1").write("k", utf8("x"), terms(Consistency.CONFIRMED)))
          .isInstanceOf(ObjectException.Unavailable.class);
      assertThat(cluster.node("n1").storage.branches()).isZero();
    }
  }

  @Test
  void aProvisionalWriteIsConfirmedSoonWhereTheMajorityIsReached() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      WriteOutcome.Accepted accepted =
          (WriteOutcome.Accepted) cluster.node("n1").write("k", utf8("quick"), PROVISIONAL);

      assertThat(accepted.created()).isTrue();
      assertThat(accepted.written()).isGreaterThanOrEqualTo(2);
      Await.until(
          SOON,
          "it is the head",
          () ->
              cluster.node("n2").storage.branches() == 0
                  && cluster.node("n1").storage.branches() == 0
                  && cluster
                      .node("n2")
                      .service()
                      .find(new ObjectKey("k"), ReadMode.CONFIRMED_ONLY)
                      .isPresent());
      assertThat(cluster.node("n3").get("k", ReadMode.CONFIRMED_ONLY)).isEqualTo(utf8("quick"));
    }
  }

  @Test
  void othersConfirmWhatANodeAcceptedThatIsGone() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("k", utf8("base"));
      everywhere(cluster, "k");
      cluster.cutOff("n1", "n2");
      VersionId apart = accepted(cluster.node("n1"), "k", "apart").id();
      Await.until(
          SOON,
          "n2 has it too",
          () -> has(cluster.node("n2"), "k", apart, VersionState.PROVISIONAL));
      cluster.kill("n1");

      cluster.heal();

      Await.until(
          SOON,
          "n2 and n3 hold it, agreed on",
          () ->
              has(cluster.node("n2"), "k", apart, VersionState.CONFIRMED)
                  && has(cluster.node("n3"), "k", apart, VersionState.CONFIRMED));
    }
  }

  @Test
  void anAcceptedVersionSurvivesAKill() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("k", utf8("base"));
      everywhere(cluster, "k");
      cluster.cutOff("n1");
      VersionId apart = accepted(cluster.node("n1"), "k", "apart").id();

      cluster.kill("n1");
      cluster.heal();
      cluster.start("n1");

      Await.until(
          SOON,
          "all nodes have it, agreed on",
          () ->
              ALL.stream()
                  .allMatch(id -> has(cluster.node(id), "k", apart, VersionState.CONFIRMED)));
      assertThat(cluster.node("n2").get("k")).isEqualTo(utf8("apart"));
    }
  }

  @Test
  void aNodeThatIsNoReplicaLearnsOfTheMerge() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      String key = keyWithoutCopyAt(cluster, "n1");
      cluster.cutOff("n1");
      VersionId apart = accepted(cluster.node("n1"), key, "apart").id();
      cluster.heal();
      VersionId head = awaitConflict(cluster.node("n2")).confirmed().orElseThrow();

      WriteOutcome merged =
          cluster.node("n2").write(key, utf8("both"), terms(Consistency.CONFIRMED, head, apart));

      assertThat(merged).isInstanceOf(WriteOutcome.Written.class);
      Await.until(SOON, "n1 knows", () -> cluster.node("n1").storage.branches() == 0);
      assertThat(cluster.conflicts).doesNotHaveDuplicates();
    }
  }

  /** R24: all retained versions move. */
  @Test
  void branchesMoveWithTheCopiesOfANodeThatLeaves() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 5, ObjectCluster.PATIENT)) {
      ObjectCluster.Node n2 = cluster.node("n2");
      VersionId base = n2.put("k", utf8("base")).id();
      n2.put("k", utf8("head"));
      List<String> before = holders(n2, "k");
      WriteOutcome branch =
          cluster.node(before.getFirst()).write("k", utf8("branch"), terms(Consistency.AUTO, base));
      VersionId id = ((WriteOutcome.Accepted) branch).id();
      String leaving = before.getLast();
      String asked = before.getFirst();

      // By the move alone, and not by what else brings branches to replicas.
      cluster.peers.lost = request -> request instanceof ObjectMessages.HoldVersion;
      cluster.drain(leaving);
      Await.until(
          SOON,
          "all copies have moved",
          () -> cluster.node(asked).storage.drain(leaving).left() == 0);

      List<String> joined = new ArrayList<>(holders(n2, "k"));
      joined.removeAll(before);
      assertThat(joined).hasSize(1);
      assertThat(has(cluster.node(joined.getFirst()), "k", id, VersionState.PROVISIONAL)).isTrue();
    }
  }

  private static List<String> holders(ObjectCluster.Node node, String key) {
    return node.service().versions(new ObjectKey(key)).orElseThrow().holders();
  }

  /** A node that is cut off and has no copy makes a root, which conflicts with what is there. */
  private static String keyWithoutCopyAt(ObjectCluster cluster, String node) {
    for (int i = 0; i < 100; i++) {
      String key = "k" + i;
      cluster.node("n2").put(key, utf8("base"));
      Histories.History history =
          cluster.node("n2").service().versions(new ObjectKey(key)).orElseThrow();
      if (!history.holders().contains(node)) {
        return key;
      }
    }
    throw new AssertionError("Every key has a copy at " + node);
  }

  @Test
  void whatAMergeRestsOnIsCopiedBeforeItIsTheHead() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      cluster.node("n1").put("k", utf8("base"));
      everywhere(cluster, "k");
      cluster.cutOff("n1");
      VersionId first = accepted(cluster.node("n1"), "k", "1").id();
      VersionId second = accepted(cluster.node("n1"), "k", "2").id();
      VersionId head = cluster.node("n2").put("k", utf8("majority")).id();
      cluster.peers.lost = request -> request instanceof ObjectMessages.HoldVersion;
      cluster.heal();

      WriteOutcome merged =
          cluster.node("n1").write("k", utf8("both"), terms(Consistency.CONFIRMED, head, second));

      assertThat(merged).isInstanceOf(WriteOutcome.Written.class);
      long copies =
          ALL.stream()
              .filter(id -> isThere(cluster.node(id), "k", first))
              .filter(id -> isThere(cluster.node(id), "k", second))
              .count();
      assertThat(copies).isGreaterThanOrEqualTo(2);
    }
  }

  /** R21: a record that stayed staged may be reached through the second parent of a merge only. */
  @Test
  void theSweeperConfirmsWhatAMergeReachesByAnotherWay() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      everywhere(cluster, "k");
      cluster.peers.lost = BranchTest::isNewsOfACommit;
      VersionId head = cluster.node("n1").put("k", utf8("head")).id();
      VersionId branch = branchBefore(head, cluster.node("n1"), base);
      VersionId merged =
          ((WriteOutcome.Written)
                  cluster
                      .node("n1")
                      .write("k", utf8("both"), terms(Consistency.CONFIRMED, head, branch)))
              .id();
      cluster.peers.lost = _ -> false;
      ObjectCluster.Node n3 = cluster.node("n3");
      // Two copies are enough for an answer, and n3 may have the third.
      Await.until(
          SOON,
          "n3 has both, staged",
          () ->
              has(n3, "k", head, VersionState.STAGED) && has(n3, "k", merged, VersionState.STAGED));

      AtomicLong nanos = new AtomicLong();
      StagedSweeper sweeper =
          new StagedSweeper(
              "n3",
              new Agreement(n3.coordinator, ObjectCluster.TIMEOUT),
              n3.storage.replicas(),
              n3.store.records(),
              Duration.ofSeconds(1),
              nanos::get);
      assertThat(sweeper.runOnce()).isZero();
      nanos.addAndGet(Duration.ofSeconds(2).toNanos());
      assertThat(sweeper.runOnce()).isEqualTo(2);

      assertThat(has(n3, "k", head, VersionState.CONFIRMED)).isTrue();
      assertThat(has(n3, "k", merged, VersionState.CONFIRMED)).isTrue();
    }
  }

  private static boolean isNewsOfACommit(PeerRequest<?> request) {
    return request instanceof ObjectMessages.ConfirmVersions
        || request instanceof ObjectMessages.HoldVersion;
  }

  /** A branch that stands before the head among the sorted parents of a merge. */
  private static VersionId branchBefore(VersionId head, ObjectCluster.Node node, VersionId base) {
    for (int i = 0; i < 1_000; i++) {
      WriteOutcome outcome = node.write("k", utf8("branch " + i), terms(Consistency.AUTO, base));
      VersionId id = ((WriteOutcome.Accepted) outcome).id();
      if (id.compareTo(head) < 0) {
        return id;
      }
    }
    throw new AssertionError("No branch before " + head);
  }

  @Test
  void aDeletionMadeApartIsABranchLikeAnyOther() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("k", utf8("base"));
      everywhere(cluster, "k");
      cluster.cutOff("n1");
      WriteOutcome deleted = delete(cluster.node("n1"), "k");
      assertThat(deleted).isInstanceOf(WriteOutcome.Accepted.class);
      assertThat(delete(cluster.node("n1"), "k")).isInstanceOf(WriteOutcome.NotFound.class);
      cluster.node("n2").put("k", utf8("majority"));

      cluster.heal();

      awaitConflict(cluster.node("n2"));
      assertThat(cluster.node("n1").get("k")).isEqualTo(utf8("majority"));
    }
  }

  @Test
  void aHundredBranchesOfOneKeyAreMergedByPairs() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      VersionId head = cluster.node("n1").put("k", utf8("head")).id();
      Set<VersionId> branches = new TreeSet<>();
      for (int i = 0; i < 100; i++) {
        WriteOutcome outcome =
            cluster
                .node("n" + (i % 3 + 1))
                .write("k", utf8("branch " + i), terms(Consistency.AUTO, base));
        branches.add(((WriteOutcome.Accepted) outcome).id());
      }
      assertThat(only(cluster.node("n2").conflicts()).branches()).hasSize(100);

      VersionId at = head;
      for (VersionId branch : branches) {
        WriteOutcome merged =
            cluster.node("n1").merge("k", branch, terms(Consistency.CONFIRMED, at, branch));
        at = ((WriteOutcome.Written) merged).id();
      }

      Await.until(SOON, "no conflict is left", () -> cluster.node("n2").conflicts().isEmpty());
      Histories.History history =
          cluster.node("n3").service().versions(new ObjectKey("k")).orElseThrow();
      assertThat(history.versions()).hasSize(202);
      assertThat(history.heads()).containsExactly(at);
    }
  }

  private static int run(ObjectCluster.Node node) {
    return node.storage.reconciler().runOnce();
  }

  private static WriteOutcome delete(ObjectCluster.Node node, String key) {
    return node.service()
        .delete(
            new WriteRequest(
                new ObjectKey(key),
                "",
                new java.util.TreeMap<>(),
                true,
                Preconditions.NONE,
                Optional.empty(),
                "test"));
  }

  private static WriteOutcome.Accepted accepted(ObjectCluster.Node node, String key, String text) {
    WriteOutcome outcome = node.write(key, utf8(text), WriteTerms.DEFAULT);
    assertThat(outcome).isInstanceOf(WriteOutcome.Accepted.class);
    return (WriteOutcome.Accepted) outcome;
  }

  private static WriteTerms terms(Consistency consistency, VersionId... parents) {
    return new WriteTerms(Durability.MAJORITY, consistency, new TreeSet<>(List.of(parents)));
  }

  private static boolean isThere(ObjectCluster.Node node, String key, VersionId id) {
    return node.store
        .records()
        .version(new ObjectKey(key), id)
        .filter(version -> version.state() != VersionState.STAGED)
        .isPresent();
  }

  private static boolean has(
      ObjectCluster.Node node, String key, VersionId id, VersionState state) {
    return node.store
        .records()
        .version(new ObjectKey(key), id)
        .filter(version -> version.state() == state)
        .isPresent();
  }

  private static boolean isSettled(ObjectCluster.Node node) {
    return node.storage.branches() == 0
        && node.storage.queuedCopies() == 0
        && node.holds("new")
        && states(node, "old").equals(List.of("confirmed", "confirmed", "confirmed"));
  }

  private static List<String> states(ObjectCluster.Node node, String key) {
    return node.store.records().versions(new ObjectKey(key), 100).stream()
        .map(version -> version.state().label())
        .toList();
  }

  /** A write is answered before each replica knows that it was agreed on. */
  private static void awaitStates(ObjectCluster.Node node, String key, String... states) {
    Await.until(
        SOON,
        () -> node.id + " has " + states(node, key),
        () -> states(node, key).equals(List.of(states)));
  }

  private static ConflictLister.Conflict awaitConflict(ObjectCluster.Node node) {
    List<ConflictLister.Conflict> found = new ArrayList<>();
    Await.until(SOON, "a conflict", () -> found.addAll(node.conflicts()));
    return only(found);
  }

  private static void everywhere(ObjectCluster cluster, String key) {
    Await.until(
        SOON, "all hold " + key, () -> ALL.stream().allMatch(id -> cluster.node(id).holds(key)));
  }

  private static <T> T only(List<T> list) {
    assertThat(list).hasSize(1);
    return list.getFirst();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
