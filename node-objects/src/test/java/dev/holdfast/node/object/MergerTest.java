// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.core.version.WriteTerms.Consistency;
import dev.holdfast.core.version.WriteTerms.Durability;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Declined;
import dev.holdfast.spi.merge.MergePolicy.Merged;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is written apart, and merged by a policy. */
@Timeout(90)
final class MergerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final List<String> ALL = List.of("n1", "n2", "n3");

  @TempDir Path folder;

  private final List<Request> asked = new CopyOnWriteArrayList<>();
  private volatile Function<Request, Optional<Outcome>> policy = MergerTest::joined;

  @Test
  void aBranchIsMergedIntoTheHeadAndNobodyIsBothered() {
    try (ObjectCluster cluster = cluster()) {
      VersionId apart = apart(cluster, "apart");
      VersionId head = cluster.node("n2").put("k", utf8("head")).id();

      cluster.heal();

      isMerged(cluster);
      assertThat(asked)
          .isNotEmpty()
          .allSatisfy(request -> {
            assertThat(request.key()).isEqualTo("k");
            assertThat(request.contentType()).isEqualTo("text/plain");
            assertThat(request.ancestor().orElseThrow().bytes()).isEqualTo(Bytes.utf8("base"));
            assertThat(request.head().bytes()).isEqualTo(Bytes.utf8("head"));
            assertThat(request.branch().bytes()).isEqualTo(Bytes.utf8("apart"));
          });
      for (String id : ALL) {
        VersionRecord merged = head(cluster.node(id));
        assertThat(merged.parents()).containsExactlyInAnyOrder(apart, head);
        assertThat(merged.author()).isEqualTo("merge:test/joined");
        assertThat(merged.metadata()).containsEntry("by", "test");
        assertThat(merged.contentType()).isEqualTo("text/plain");
        assertThat(cluster.node(id).get("k", ReadMode.CONFIRMED_ONLY))
            .isEqualTo(utf8("base|head|apart"));
        assertThat(cluster.node(id).get("k", apart)).isEqualTo(utf8("apart"));
        assertThat(cluster.node(id).conflicts()).isEmpty();
      }
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  /** By hand and by the policy: the id is a hash of what it is. */
  @Test
  void theSameMergeMadeElsewhereIsTheSameVersion() {
    try (ObjectCluster cluster = cluster()) {
      policy = _ -> Optional.of(new Declined("Not yet."));
      VersionId apart = apart(cluster, "apart");
      VersionId head = cluster.node("n2").put("k", utf8("head")).id();
      cluster.heal();
      Await.until(SOON, "it is declined", () -> !cluster.conflicts.isEmpty());
      WriteRequest byHand =
          new WriteRequest(
                  new ObjectKey("k"),
                  "text/plain",
                  new TreeMap<>(Map.of("by", "test")),
                  false,
                  Preconditions.NONE,
                  Optional.empty(),
                  "somebody")
              .with(
                  new WriteTerms(
                      Durability.MAJORITY,
                      Consistency.CONFIRMED,
                      new TreeSet<>(Set.of(apart, head))));
      VersionId made = put(cluster.node("n3"), byHand, "base|head|apart");
      Request request = asked.getFirst();
      Merged again = (Merged) joined(request).orElseThrow();

      // A write is answered before the listing of the node knows of it.
      Await.until(SOON, "n3 lists it", () -> head(cluster.node("n3")).id().equals(made));
      VersionRecord merged = head(cluster.node("n3"));
      assertThat(again.bytes()).isEqualTo(Bytes.utf8("base|head|apart"));
      assertThat(again.metadata()).isEqualTo(merged.metadata());
      Await.until(
          SOON,
          "no branch is left",
          () -> ALL.stream().allMatch(id -> cluster.node(id).storage.branches() == 0));
    }
  }

  @Test
  void whatAPolicyDeclinesStaysAndIsAskedOfItOnceForEachHead() {
    try (ObjectCluster cluster = cluster()) {
      policy = _ -> Optional.of(new Declined("'/a' was changed on both sides."));
      VersionId apart = apart(cluster, "apart");
      cluster.node("n2").put("k", utf8("head"));
      cluster.heal();
      Await.until(SOON, "users are notified", () -> cluster.isReported("n1"));
      assertThat(cluster.conflicts).containsOnly(apart);
      assertThat(cluster.reasons).containsOnly("'/a' was changed on both sides.");
      for (int i = 0; i < 5; i++) {
        assertThat(cluster.node("n1").storage.reconciler().runOnce()).isZero();
      }
      assertThat(asked).hasSize(1);
      assertThat(cluster.node("n1").get("k")).isEqualTo(utf8("head"));

      policy = MergerTest::joined;
      cluster.node("n2").put("k", utf8("new head"));

      isMerged(cluster);
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("base|new head|apart"));
      assertThat(cluster.conflicts).containsOnly(apart);
    }
  }

  @Test
  void aPolicyWithoutAnAnswerLeavesAConflictAndIsAskedAgain() {
    try (ObjectCluster cluster = cluster()) {
      policy = _ -> Optional.empty();
      apart(cluster, "apart");
      cluster.node("n2").put("k", utf8("head"));
      cluster.heal();
      Await.until(SOON, "users are notified", () -> !cluster.conflicts.isEmpty());
      assertThat(cluster.reasons).containsExactly("test/joined gave no answer.");
      assertThat(cluster.node("n1").put("other", utf8("lives")).created()).isTrue();

      policy = MergerTest::joined;

      isMerged(cluster);
      assertThat(cluster.conflicts).hasSize(1);
    }
  }

  @Test
  void aHeadThatMovesMeanwhileIsLookedAtAgain() {
    try (ObjectCluster cluster = cluster()) {
      AtomicBoolean moved = new AtomicBoolean();
      apart(cluster, "apart");
      cluster.node("n2").put("k", utf8("head"));
      policy =
          request -> {
            if (moved.compareAndSet(false, true)) {
              cluster.node("n2").put("k", utf8("new head"));
            }
            return joined(request);
          };

      cluster.heal();

      isMerged(cluster);
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("base|new head|apart"));
      assertThat(asked).hasSizeGreaterThanOrEqualTo(2);
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  @Test
  void severalBranchesAreMergedOneAfterTheOther() {
    try (ObjectCluster cluster = cluster()) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      cluster.node("n1").put("k", utf8("head"));
      WriteTerms terms =
          new WriteTerms(Durability.MAJORITY, Consistency.AUTO, new TreeSet<>(Set.of(base)));
      for (String id : ALL) {
        assertThat(cluster.node(id).write("k", utf8("by " + id), terms))
            .isInstanceOf(WriteOutcome.Accepted.class);
      }
      isMerged(cluster);
      assertThat(new String(cluster.node("n2").get("k"), StandardCharsets.UTF_8))
          .contains("head", "by n1", "by n2", "by n3");
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  /** It keeps the branch, and gets no copy of the merge. */
  @Test
  void aNodeThatIsNoReplicaMergesItsBranchOnce() {
    MergeRule rule = new MergeRule("test/joined", Set.of("text/plain"), MergerTest::joined);
    try (ObjectCluster cluster =
        new ObjectCluster(folder, 5, ObjectCluster.SETTINGS, List.of(rule))) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      Histories.History history =
          cluster.node("n1").service().versions(new ObjectKey("k")).orElseThrow();
      String other =
          List.of("n1", "n2", "n3", "n4", "n5").stream()
              .filter(id -> !history.holders().contains(id))
              .findFirst()
              .orElseThrow();
      cluster.node("n1").put("k", utf8("head"));
      WriteTerms terms =
          new WriteTerms(Durability.MAJORITY, Consistency.AUTO, new TreeSet<>(Set.of(base)));
      assertThat(cluster.node(other).write("k", utf8("apart"), terms))
          .isInstanceOf(WriteOutcome.Accepted.class);
      Await.until(
          SOON,
          "the head is a merge",
          () -> new String(cluster.node("n1").get("k"), StandardCharsets.UTF_8).contains("|"));

      for (int i = 0; i < 3; i++) {
        cluster.node(other).storage.reconciler().runOnce();
      }

      assertThat(cluster.node("n1").get("k")).isEqualTo(utf8("base|head|apart"));
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  @Test
  void whatIsTooLargeOrOfAnotherTypeOrDeletedIsLeftToSomebody() {
    try (ObjectCluster cluster = cluster()) {
      WriteRequest html = request("text/html");
      for (String key : List.of("large", "type", "html", "deleted")) {
        cluster.node("n1").put(key, utf8("base"));
        everywhere(cluster, key);
      }
      cluster.cutOff("n1");
      byte[] large = new byte[MergePolicy.SIZE_BYTES_MAX + 1];
      for (String key : List.of("large", "type", "deleted")) {
        cluster
            .node("n1")
            .write(key, key.equals("large") ? large : utf8("apart"), WriteTerms.DEFAULT);
      }
      put(cluster.node("n1"), html, "apart");
      for (String key : List.of("large", "html")) {
        cluster.node("n2").put(key, utf8("head"));
      }
      put(cluster.node("n2"), withKey(html, "type"), "head");
      cluster.node("n2").delete("deleted");

      cluster.heal();

      Await.until(SOON, "all are in conflict", () -> cluster.conflicts.size() == 4);
      assertThat(cluster.reasons)
          .containsExactlyInAnyOrder(
              "A side is larger than 1048576 bytes.",
              "The sides have different content types.",
              "One side deleted the object.",
              ""); // No policy merges text/html.
      assertThat(asked).isEmpty();
    }
  }

  @Test
  void aMergeAsLargeAsAllowedIsWrittenInChunks() {
    try (ObjectCluster cluster = cluster()) {
      byte[] large = new byte[MergePolicy.SIZE_BYTES_MAX];
      policy =
          request -> Optional.of(new Merged(request.branch().bytes(), request.branch().metadata()));
      cluster.node("n1").put("k", utf8("base"));
      everywhere(cluster, "k");
      cluster.cutOff("n1");
      cluster.node("n1").write("k", large, WriteTerms.DEFAULT);
      cluster.node("n2").put("k", utf8("head"));

      cluster.heal();

      isMerged(cluster);
      assertThat(cluster.node("n3").get("k", ReadMode.CONFIRMED_ONLY)).isEqualTo(large);
    }
  }

  @Test
  void parametersAndCaseOfATypeDoNotMatter() {
    MergeRule rule = new MergeRule("a/b", Set.of("text/plain"), _ -> Optional.empty());
    assertThat(List.of("text/plain", "Text/Plain;charset=utf-8", "text/plain ; q=1"))
        .allMatch(rule::handles);
    assertThat(List.of("", "text/plain2", ";text/plain", "text")).noneMatch(rule::handles);
  }

  private ObjectCluster cluster() {
    MergeRule rule =
        new MergeRule(
            "test/joined",
            Set.of("text/plain"),
            request -> {
              asked.add(request);
              return policy.apply(request);
            });
    return new ObjectCluster(folder, 3, ObjectCluster.SETTINGS, List.of(rule));
  }

  private static Optional<Outcome> joined(Request request) {
    String text =
        String.join(
            "|",
            request.ancestor().map(side -> side.bytes().toUtf8()).orElse("-"),
            request.head().bytes().toUtf8(),
            request.branch().bytes().toUtf8());
    return Optional.of(new Merged(Bytes.utf8(text), new TreeMap<>(Map.of("by", "test"))));
  }

  /** What n1 writes while it is cut off. */
  private static VersionId apart(ObjectCluster cluster, String text) {
    cluster.node("n1").put("k", utf8("base"));
    everywhere(cluster, "k");
    cluster.cutOff("n1");
    WriteOutcome outcome = cluster.node("n1").write("k", utf8(text), WriteTerms.DEFAULT);
    return ((WriteOutcome.Accepted) outcome).id();
  }

  private static void isMerged(ObjectCluster cluster) {
    Await.until(
        SOON,
        "the head is a merge, on all nodes, and no branch is left",
        () ->
            ALL.stream()
                .allMatch(id ->
                    cluster.node(id).storage.branches() == 0
                        && cluster.node(id).holds("k")
                        && head(cluster.node(id)).parents().size() == 2));
  }

  private static VersionRecord head(ObjectCluster.Node node) {
    ObjectKey key = new ObjectKey("k");
    return node.store
        .records()
        .head(key)
        .flatMap(row -> node.store.records().version(key, row.version()))
        .filter(version -> version.state() == VersionState.CONFIRMED)
        .orElseThrow();
  }

  private static WriteRequest request(String contentType) {
    return withKey(
        new WriteRequest(
            new ObjectKey("any"),
            contentType,
            new TreeMap<>(),
            false,
            Preconditions.NONE,
            Optional.empty(),
            "test"),
        "html");
  }

  private static WriteRequest withKey(WriteRequest request, String key) {
    return new WriteRequest(
        new ObjectKey(key),
        request.contentType(),
        request.metadata(),
        false,
        Preconditions.NONE,
        Optional.empty(),
        "test");
  }

  private static VersionId put(ObjectCluster.Node node, WriteRequest request, String text) {
    WriteOutcome outcome =
        node.service()
            .put(
                request,
                new ObjectService.Upbound(
                    new ByteArrayInputStream(utf8(text)), utf8(text).length, Optional.empty()));
    return switch (outcome) {
      case WriteOutcome.Written written -> written.id();
      case WriteOutcome.Accepted accepted -> accepted.id();
      case WriteOutcome.Refused refused -> throw new AssertionError(refused);
    };
  }

  private static void everywhere(ObjectCluster cluster, String key) {
    Await.until(
        SOON, "all hold " + key, () -> ALL.stream().allMatch(id -> cluster.node(id).holds(key)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
