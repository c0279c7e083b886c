// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deletions that are forgotten, and nodes that come back with what was deleted. */
@Timeout(90)
final class TombstoneTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final List<String> ALL = List.of("n1", "n2", "n3");
  private static final ObjectSettings AT_ONCE =
      ObjectCluster.SETTINGS.withTombstoneRetention(Duration.ZERO);
  private static final ObjectKey K = new ObjectKey("k");

  @TempDir Path folder;

  @Test
  void aDeletionThatEveryHolderHasIsForgotten() throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      deleteEverywhere(cluster, "n1");

      TombstoneReaper.Report report = reap(cluster, ALL);

      assertThat(report.reaped()).isEqualTo(1);
      assertThat(cluster.observe("object/k").isPresent()).isFalse();
      for (String id : ALL) {
        assertThat(versions(cluster, id)).isEmpty();
        assertThat(cluster.node(id).store.records().heads(new byte[0], new byte[0], 9)).isEmpty();
        assertThat(Files.readString(folder.resolve(id).resolve("deletions.log")))
            .contains(" forget \"k\" 0 its deletion was reaped at revision ");
      }
      assertThat(cluster.node("n2").service().versions(K)).isEmpty();
    }
  }

  @Test
  void aPlanChangesNothing() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      VersionId tombstone = deleteEverywhere(cluster, "n1");

      long planned = 0;
      for (String id : ALL) {
        planned += cluster.node(id).storage.reaper().run(true, () -> true).reaped();
      }

      assertThat(planned).isEqualTo(1);
      assertThat(cluster.observe("object/k").isPresent()).isTrue();
      assertThat(versions(cluster, "n3")).contains(tombstone);
    }
  }

  @Test
  void aYoungDeletionStays() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      deleteEverywhere(cluster, "n1");

      TombstoneReaper.Report report = reap(cluster, ALL);

      assertThat(report.tombstones()).isEqualTo(3);
      assertThat(report.due()).isZero();
      assertThat(cluster.observe("object/k").isPresent()).isTrue();
    }
  }

  @Test
  void theSameBytesPutAgainAreAnotherVersion() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      VersionId first = cluster.node("n1").put("k", utf8("same")).id();
      everywhere(cluster, "k");
      VersionId deletion = cluster.node("n1").delete("k").id();
      everywhere(cluster, deletion);
      assertThat(reap(cluster, ALL).reaped()).isEqualTo(1);

      WriteOutcome.Written again = cluster.node("n2").put("k", utf8("same"));

      assertThat(again.id()).isNotEqualTo(first);
      assertThat(again.created()).isTrue();
      assertThat(again.version().reapedRevision()).isPositive();
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("same"));
    }
  }

  @Test
  void aHolderThatIsDownKeepsTheDeletion() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      deleteEverywhere(cluster, "n1");
      cluster.kill("n3");

      TombstoneReaper.Report report = reap(cluster, List.of("n1", "n2"));

      assertThat(report.due()).isEqualTo(1);
      assertThat(report.reaped()).isZero();
      assertThat(report.waits()).contains("n3, which holds it, does not answer");
      assertThat(cluster.observe("object/k").isPresent()).isTrue();
    }
  }

  @Test
  void aNodeThatIsCutOffForgetsNothing() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      VersionId tombstone = deleteEverywhere(cluster, "n1");
      cluster.cutOff("n1");

      assertThatThrownBy(() -> cluster.node("n1").storage.reaper().run(false, () -> true))
          .isInstanceOf(UnavailableException.class);
      TombstoneReaper.Report rest = reap(cluster, List.of("n2", "n3"));

      assertThat(rest.reaped()).isZero();
      assertThat(versions(cluster, "n1")).contains(tombstone);
    }
  }

  @Test
  void anOpenBranchKeepsTheDeletion() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      everywhere(cluster, base);
      VersionId tombstone = cluster.node("n1").delete("k").id();
      everywhere(cluster, tombstone);
      WriteOutcome branch =
          cluster
              .node("n2")
              .write(
                  "k",
                  utf8("offline"),
                  new WriteTerms(
                      Durability.MAJORITY, Consistency.AUTO, new TreeSet<>(Set.of(base))));
      assertThat(branch).isInstanceOf(WriteOutcome.Accepted.class);

      TombstoneReaper.Report report = reap(cluster, ALL);

      assertThat(report.reaped()).isZero();
      assertThat(report.waits()).contains("has a version that is not agreed on");
      assertThat(cluster.node("n1").conflicts()).hasSize(1);
    }
  }

  @Test
  void aNodeThatComesBackDoesNotBringBackWhatItHeld() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, AT_ONCE)) {
      cluster.node("n1").put("k", utf8("old"));
      String away = holders(cluster).getLast();
      Await.until(SOON, "it is there", () -> cluster.node(away).holds("k"));
      cluster.kill(away);
      List<String> rest = others(away);
      assertThat(
              cluster
                  .node(rest.getFirst())
                  .storage
                  .mover()
                  .repair(
                      new ReplicaMover.Move(K, Set.of(away), List.of()),
                      ReplicaMover.Throttle.NONE))
          .isTrue();
      VersionId tombstone = cluster.node(rest.getFirst()).delete("k").id();
      Await.until(SOON, "all have the deletion", () -> have(cluster, rest, tombstone));
      assertThat(reap(cluster, rest).reaped()).isEqualTo(1);

      cluster.start(away);

      Await.until(SOON, "it forgets", () -> versions(cluster, away).isEmpty());
      for (String id : List.of("n1", "n2", "n3", "n4")) {
        assertThat(cluster.node(id).list("")).isEmpty();
        assertThat(cluster.node(id).service().find(K, ReadMode.PROVISIONAL_ALLOWED)).isEmpty();
      }
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  @Test
  void whatANodeAcceptedThatWasAwayTooLongIsSetAside() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, AT_ONCE)) {
      String away = awayFrom(cluster, "k");
      List<String> rest = others(away);
      // Alone it takes the very version that the others agree on, delete and forget.
      cluster.cutOff(away);
      VersionId unknown = accepted(cluster.node(away).write("k", utf8("v"), WriteTerms.DEFAULT));
      cluster.kill(away);
      VersionId agreed = cluster.node(rest.getFirst()).put("k", utf8("v")).id();
      assertThat(agreed).isEqualTo(unknown);
      VersionId tombstone = cluster.node(rest.getFirst()).delete("k").id();
      Await.until(SOON, "all have the deletion", () -> have(cluster, rest, tombstone));
      assertThat(reap(cluster, rest).reaped()).isEqualTo(1);
      cluster.heal();

      cluster.start(away);

      Await.until(SOON, "it is set aside", () -> cluster.node(away).storage.quarantined() == 1);
      assertThat(cluster.node(away).storage.returnCheck().begin()).isPositive();
      for (String id : List.of("n1", "n2", "n3", "n4")) {
        assertThat(cluster.node(id).list("")).isEmpty();
        assertThat(cluster.node(id).conflicts()).isEmpty();
        assertThat(cluster.node(id).service().find(K, ReadMode.PROVISIONAL_ALLOWED)).isEmpty();
        assertThat(cluster.node(id).service().confirm(K, unknown))
            .isInstanceOf(WriteOutcome.Refused.class);
      }
      assertThat(cluster.observe("object/k").isPresent()).isFalse();
      Optional<VersionRecord> kept =
          cluster.node(away).store.records().quarantine().get(K, unknown);
      assertThat(kept).isPresent();
    }
  }

  @Test
  void whatIsSetAsideIsReleasedOrDropped() throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, AT_ONCE)) {
      String away = awayFrom(cluster, "k");
      List<String> rest = others(away);
      cluster.node(rest.getFirst()).put("other", utf8("1"));
      cluster.cutOff(away);
      VersionId first = accepted(cluster.node(away).write("k", utf8("1"), WriteTerms.DEFAULT));
      VersionId second = accepted(cluster.node(away).write("k", utf8("2"), WriteTerms.DEFAULT));
      VersionId other = accepted(cluster.node(away).write("other", utf8("2"), WriteTerms.DEFAULT));
      cluster.node(rest.getFirst()).put("gone", utf8("1"));
      VersionId gone = cluster.node(rest.getFirst()).delete("gone").id();
      ObjectKey name = new ObjectKey("gone");
      Await.until(
          SOON,
          "all have the deletion",
          () ->
              Agreement.head(cluster.observe("object/gone")).orElseThrow().holders().stream()
                  .filter(rest::contains)
                  .allMatch(id -> cluster.node(id).store.records().isConfirmed(name, gone)));
      if (reap(cluster, rest).reaped() == 0) {
        // The node that is away would hold it: then its copy goes elsewhere first.
        assertThat(
                cluster
                    .node(rest.getFirst())
                    .storage
                    .mover()
                    .repair(
                        new ReplicaMover.Move(name, Set.of(away), List.of()),
                        ReplicaMover.Throttle.NONE))
            .isTrue();
        assertThat(reap(cluster, rest).reaped()).isEqualTo(1);
      }

      cluster.heal();

      Quarantine desk = cluster.node(rest.getLast()).storage.quarantine();
      Await.until(SOON, "all is set aside", () -> desk.list("").versions().size() == 3);
      assertThat(desk.list("o").versions())
          .singleElement()
          .satisfies(one -> {
            assertThat(one.node()).isEqualTo(away);
            assertThat(one.version().version()).isEqualTo(other.value());
            assertThat(one.version().state()).isEqualTo("quarantined");
          });
      assertThat(cluster.node(rest.getFirst()).conflicts()).isEmpty();

      assertThat(desk.settle(K, first, Quarantine.Verdict.DROP)).contains(first);
      assertThat(desk.settle(K, first, Quarantine.Verdict.DROP)).isEmpty();
      Optional<VersionId> released = desk.settle(K, second, Quarantine.Verdict.RELEASE);
      Optional<VersionId> branch =
          desk.settle(new ObjectKey("other"), other, Quarantine.Verdict.RELEASE);

      assertThat(released).isPresent();
      assertThat(released).as("what it rested on is not there").isNotEqualTo(Optional.of(second));
      Await.until(
          SOON,
          "the cluster agrees on it",
          () ->
              cluster
                  .node(rest.getFirst())
                  .service()
                  .find(K, ReadMode.CONFIRMED_ONLY)
                  .map(ObjectService.Found::id)
                  .equals(released));
      assertThat(cluster.node(rest.getFirst()).get("k")).isEqualTo(utf8("2"));
      Await.until(
          SOON, "the other one is settled", () -> isKept(cluster, away, branch.orElseThrow()));
      assertThat(Files.readString(folder.resolve(away).resolve("deletions.log")))
          .contains(" drop \"k\"@" + first + " 1 by an operator");
      assertThat(desk.list("").versions()).isEmpty();
    }
  }

  private static boolean isKept(ObjectCluster cluster, String node, VersionId id) {
    return cluster
        .node(node)
        .store
        .records()
        .version(new ObjectKey("other"), id)
        .filter(version -> version.state().isVisible())
        .isPresent();
  }

  @Test
  void aNodeThatWasAwayForAMomentConfirmsWhatItTook() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      deleteEverywhere(cluster, "n1");
      assertThat(reap(cluster, ALL).reaped()).isEqualTo(1);
      Await.until(
          SOON,
          "n1 is in touch",
          () ->
              cluster.node("n1").store.records().starts().touchedRevision()
                  >= revision(cluster, "reaping/horizon"));
      cluster.cutOff("n1");
      VersionId taken = accepted(cluster.node("n1").write("new", utf8("1"), WriteTerms.DEFAULT));

      cluster.heal();

      Await.until(
          SOON,
          "all agree on it",
          () ->
              cluster
                  .node("n2")
                  .service()
                  .find(new ObjectKey("new"), ReadMode.CONFIRMED_ONLY)
                  .filter(found -> found.id().equals(taken))
                  .isPresent());
      assertThat(cluster.node("n1").storage.quarantined()).isZero();
    }
  }

  @Test
  void aKillBetweenTheStepsLeavesNothingBehind() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      deleteEverywhere(cluster, "n1");
      // The word to forget gets lost everywhere, as when the node dies right after its commit.
      String reaper = holders(cluster).getFirst();
      TombstoneReaper dying =
          cluster
              .node(reaper)
              .storage
              .reaper(step -> {
                if (step.equals("forget")) {
                  throw new IllegalStateException("killed");
                }
              });
      assertThatThrownBy(() -> dying.run(false, () -> true)).hasMessage("killed");
      assertThat(cluster.observe("object/k").isPresent()).isFalse();

      cluster.kill(reaper);
      cluster.start(reaper);

      Await.until(
          SOON,
          "all have forgotten it",
          () -> ALL.stream().allMatch(id -> versions(cluster, id).isEmpty()));
      assertThat(cluster.node("n2").list("")).isEmpty();
    }
  }

  @Test
  void aNewLifeOfAKeyDoesNotMixWithTheOldOne() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, AT_ONCE)) {
      VersionId old = cluster.node("n1").put("k", utf8("old")).id();
      everywhere(cluster, old);
      VersionId tombstone = cluster.node("n1").delete("k").id();
      everywhere(cluster, tombstone);
      cluster.peers.lost = request -> request instanceof ObjectMessages.ForgetKey;
      assertThat(reap(cluster, ALL).reaped()).isEqualTo(1);

      VersionId fresh = cluster.node("n2").put("k", utf8("new")).id();

      Await.until(
          SOON,
          "only the new life is left",
          () -> ALL.stream().allMatch(id -> versions(cluster, id).equals(List.of(fresh))));
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("new"));
    }
  }

  @Test
  void aDiskThatWasRestoredUsesNoDotAgain() throws IOException {
    Path backup = folder.resolve("backup");
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId base = cluster.node("n1").put("k", utf8("base")).id();
      everywhere(cluster, base);
      cluster.kill("n1");
      cluster.backUp("n1", backup);
      cluster.start("n1");
      VersionRecord lost = cluster.node("n1").put("k", utf8("after the backup")).version();
      everywhere(cluster, lost.id());
      assertThat(revision(cluster, "incarnation/n1")).isLessThan(revision(cluster, "starts/n1"));
      cluster.kill("n1");
      cluster.restore("n1", backup);

      cluster.start("n1");

      assertThat(revision(cluster, "incarnation/n1"))
          .as("what counts a copy on the disk that was, fails (R23)")
          .isEqualTo(revision(cluster, "starts/n1"));
      everywhere(cluster, lost.id());
      VersionRecord next = cluster.node("n1").put("k", utf8("after the restore")).version();
      assertThat(next.dots()).doesNotContainAnyElementsOf(lost.dots());
      assertThat(next.parents()).containsExactly(lost.id());
      assertThat(lost.dots()).allMatch(dot -> next.context().contains(dot));
      assertThat(next.dots()).noneMatch(dot -> lost.context().contains(dot));
    }
  }

  private static long revision(ObjectCluster cluster, String key) {
    return Optional.ofNullable(cluster.observe(key).entry()).orElseThrow().revision();
  }

  private static VersionId deleteEverywhere(ObjectCluster cluster, String node) {
    cluster.node(node).put("k", utf8("old"));
    everywhere(cluster, "k");
    VersionId tombstone = cluster.node(node).delete("k").id();
    everywhere(cluster, tombstone);
    return tombstone;
  }

  /** The sum over these nodes; the reason of the last one that gives one. */
  private static TombstoneReaper.Report reap(ObjectCluster cluster, List<String> nodes) {
    TombstoneReaper.Report sum = TombstoneReaper.Report.NONE;
    for (String id : nodes) {
      TombstoneReaper.Report one = cluster.node(id).storage.reaper().run(false, () -> true);
      sum =
          new TombstoneReaper.Report(
              sum.tombstones() + one.tombstones(),
              sum.due() + one.due(),
              sum.reaped() + one.reaped(),
              sum.forgotten() + one.forgotten(),
              one.waits().isEmpty() ? sum.waits() : one.waits());
    }
    return sum;
  }

  private static List<VersionId> versions(ObjectCluster cluster, String node) {
    return cluster.node(node).store.records().versions(K, 1_000).stream()
        .map(VersionRecord::id)
        .toList();
  }

  private static boolean have(ObjectCluster cluster, List<String> nodes, VersionId id) {
    return nodes.stream()
        .filter(node -> holders(cluster).contains(node))
        .allMatch(node -> cluster.node(node).store.records().isConfirmed(K, id));
  }

  private static void everywhere(ObjectCluster cluster, VersionId id) {
    Await.until(SOON, "all hold " + id, () -> have(cluster, ALL, id));
  }

  private static void everywhere(ObjectCluster cluster, String key) {
    Await.until(
        SOON, "all hold " + key, () -> ALL.stream().allMatch(id -> cluster.node(id).holds(key)));
  }

  private static List<String> holders(ObjectCluster cluster) {
    return Agreement.head(cluster.observe("object/k")).orElseThrow().holders();
  }

  /** A node that the policy does not choose for a key. */
  private static String awayFrom(ObjectCluster cluster, String key) {
    List<String> all = List.of("n1", "n2", "n3", "n4");
    List<String> chosen =
        ObjectCluster.RANK
            .choose(
                new dev.holdfast.spi.placement.PlacementPolicy.Request(
                    cluster.view("n1").map(), key, 3))
            .nodeIds();
    return all.stream().filter(id -> !chosen.contains(id)).findFirst().orElseThrow();
  }

  private static List<String> others(String away) {
    return List.of("n1", "n2", "n3", "n4").stream().filter(id -> !id.equals(away)).toList();
  }

  private static VersionId accepted(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Accepted.class);
    VersionRecord version = ((WriteOutcome.Accepted) outcome).version();
    assertThat(version.state()).isEqualTo(VersionState.PROVISIONAL);
    return version.id();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
