// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.node.cleanup.CleanupMessages.RemovalState;
import dev.holdfast.node.cleanup.CleanupRule;
import dev.holdfast.node.cleanup.RemovalSettings;
import dev.holdfast.node.cleanup.Removals;
import dev.holdfast.node.repair.Auditor;
import dev.holdfast.node.repair.RepairMessages.AuditState;
import dev.holdfast.node.repair.RepairSettings;
import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Old versions and surplus copies go as a policy says, and nothing else does. */
@Timeout(90)
final class RemovalTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration DEAD_AFTER = Duration.ofMinutes(5);
  private static final ObjectKey KEY = new ObjectKey("key");
  private static final List<String> ALL = List.of("n1", "n2", "n3");

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong();
  private final Map<String, Auditor> auditors = new TreeMap<>();
  private CleanupPolicy policy = new Newest(2);
  private RemovalSettings settings = new RemovalSettings(Duration.ofHours(1), true, 0);

  /** Keeps so many; of copies everything goes. */
  private record Newest(int count) implements CleanupPolicy {
    @Override
    public Decision oldVersions(History history) {
      return new Decision(
          history.versions().stream()
              .skip(count)
              .filter(version -> version.role() == Role.OLD)
              .map(version -> new Going(version.id(), "old"))
              .toList());
    }

    @Override
    public Decision surplusCopies(Surplus surplus) {
      return new Decision(
          surplus.copies().stream().map(copy -> new Going(copy.key(), "surplus")).toList());
    }
  }

  @Test
  void oldVersionsGoOnAllNodesAndStayInTheHistory() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 5);
      for (String node : ALL) {
        RemovalState plan = remove(cluster, node, true);
        assertThat(plan.versions()).isEqualTo(3);
        assertThat(plan.versionBytes()).isEqualTo(300_000);
      }
      assertThat(removedAt(cluster, "n1", ids)).as("a plan changes nothing").isEmpty();
      for (String node : ALL) {
        RemovalState done = remove(cluster, node, false);
        assertThat(done.refusal()).isEmpty();
        assertThat(done.versions()).isEqualTo(3);
        assertThat(done.reasons())
            .singleElement()
            .satisfies(reason -> assertThat(reason.reason()).isEqualTo("old"));
        assertThat(removedAt(cluster, node, ids)).isEqualTo(ids.subList(0, 3));
        assertThat(Files.readString(folder.resolve(node).resolve("deletions.log")))
            .contains("retire-version key@" + ids.getFirst() + " 100000 test/newest: old");
      }
      assertThat(cluster.node("n2").get("key")).isEqualTo(large(5));
      assertThat(cluster.node("n2").get("key", ids.get(3))).isEqualTo(large(4));
      assertThatThrownBy(() -> cluster.node("n2").get("key", ids.getFirst()))
          .isInstanceOf(ObjectException.VersionRemoved.class);
      assertThat(states(cluster, "n1"))
          .containsExactly("confirmed", "confirmed", "removed", "removed", "removed");
      audit(cluster, true);
      assertThat(remove(cluster, "n1", false).versions()).as("a second time").isZero();
      assertThat(audit(cluster, false)).allMatch(state -> state.toRepair() == 0);
      assertThat(removedAt(cluster, "n1", ids)).isEqualTo(ids.subList(0, 3));
    }
  }

  @Test
  void aNodeThatWasAwayRemovesLaterAndBringsNothingBack() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      List<VersionId> ids = new ArrayList<>(write(cluster, 2));
      cluster.kill("n3");
      for (int i = 3; i <= 5; i++) {
        ids.add(cluster.node("n1").put("key", large(i)).id());
      }
      settle(cluster, "n1", "n2");
      remove(cluster, "n1", false);
      remove(cluster, "n2", false);
      restart(cluster, "n3");
      Await.until(SOON, "n3 catches up", () -> holdsAll(cluster, "n3", ids));
      audit(cluster, true);
      assertThat(removedAt(cluster, "n3", ids.subList(0, 2))).as("it did not hear of it").isEmpty();
      assertThat(removedAt(cluster, "n1", ids)).isEqualTo(ids.subList(0, 3));
      assertThat(cluster.node("n1").get("key", ids.getFirst()))
          .as("while one node has the bytes they can be read")
          .isEqualTo(large(1));
      remove(cluster, "n3", false);
      assertThat(removedAt(cluster, "n3", ids)).isEqualTo(ids.subList(0, 3));
      for (String node : ALL) {
        cluster.node(node).storage.reconciler().runOnce();
        assertThat(cluster.node(node).conflicts()).isEmpty();
      }
      assertThat(cluster.conflicts).isEmpty();
    }
  }

  /** R24: with the history moves what is gone, as gone and as agreed on. */
  @Test
  void removedVersionsMoveWithTheOthers() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 4);
      List<String> before = holders(cluster);
      for (String node : before) {
        remove(cluster, node, false);
      }
      replaced(cluster);
      String fourth =
          holders(cluster).stream()
              .filter(node -> !before.contains(node))
              .findFirst()
              .orElseThrow();

      assertThat(holdsAll(cluster, fourth, ids)).isTrue();
      assertThat(removedAt(cluster, fourth, ids)).isEqualTo(ids.subList(0, 2));
      assertThat(cluster.node(fourth).store.records().branches().of(KEY)).isEmpty();
      assertThat(cluster.node(fourth).get("key")).isEqualTo(large(4));
    }
  }

  /** That it was agreed on is still known: else it would come back as a branch. */
  @Test
  void aRemovedVersionThatANodeKnowsAsABranchIsNoConflict() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      cluster.kill("n3");
      List<VersionId> ids = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        ids.add(cluster.node("n1").put("key", large(i)).id());
      }
      VersionRecord first =
          cluster.node("n1").store.records().version(KEY, ids.get(1)).orElseThrow();
      settle(cluster, "n1", "n2");
      remove(cluster, "n1", false);
      remove(cluster, "n2", false);

      // Until it has the branch it learns of no version.
      cluster.peers.lost = request -> request instanceof ObjectMessages.FetchVersion;
      ObjectCluster.Node away = restart(cluster, "n3");
      away.storage.replicas().local().pull(first.chunks(), List.of("n1", "n2"));
      away.store
          .records()
          .accept(KEY, ids.get(1), first.withState(VersionState.PROVISIONAL), List.of());
      assertThat(away.store.records().branches().of(KEY)).containsExactly(ids.get(1));
      cluster.peers.lost = _ -> false;
      away.storage.reconciler().runOnce();

      assertThat(away.store.records().branches().of(KEY)).isEmpty();
      assertThat(cluster.conflicts).isEmpty();
      assertThat(away.conflicts()).isEmpty();
    }
  }

  @Test
  void whatAMergeOfAnOpenBranchNeedsStays() throws Exception {
    policy = new Newest(1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      List<VersionId> ids = new ArrayList<>(write(cluster, 2));
      VersionId branch =
          ((WriteOutcome.Accepted) cluster.node("n1").write("key", large(9), terms(ids.getFirst())))
              .id();
      for (int i = 3; i <= 5; i++) {
        ids.add(cluster.node("n1").put("key", large(i)).id());
      }
      Await.until(
          SOON,
          "all know the branch",
          () ->
              ALL.stream()
                  .allMatch(node ->
                      holdsAll(cluster, node, ids)
                          && cluster.node(node).store.records().version(KEY, branch).isPresent()));

      for (String node : ALL) {
        remove(cluster, node, false);
        assertThat(removedAt(cluster, node, ids)).isEqualTo(ids.subList(1, 4));
      }
      assertThat(cluster.node("n2").get("key", branch)).isEqualTo(large(9));

      WriteOutcome merged = cluster.node("n1").merge("key", branch, terms(ids.getLast(), branch));
      assertThat(merged).isInstanceOf(WriteOutcome.Written.class);
      Await.until(
          SOON,
          "the merge is known",
          () -> cluster.node("n1").store.records().isConfirmed(KEY, branch));
      remove(cluster, "n1", false);
      assertThat(removedAt(cluster, "n1", ids)).contains(ids.getFirst(), ids.getLast());
    }
  }

  @Test
  void aReadUnderWayEndsOrFailsClearly() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 5);
      ObjectCluster.Node node = cluster.node("n1");
      ObjectService.Found found = node.service().find(KEY, ids.getFirst()).orElseThrow();
      try (ObjectService.Opened opened =
          node.service().open(found, new ByteRange(0, found.version().sizeBytes()))) {
        for (String one : ALL) {
          remove(cluster, one, false);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        opened.download().writeTo(out);
        assertThat(out.toByteArray()).as("chunks stay for their graces").isEqualTo(large(1));
      }
      for (String one : ALL) {
        deleteChunkFiles(one);
      }
      assertThatThrownBy(() -> node.service().open(found, new ByteRange(0, 1)))
          .isInstanceOf(ObjectException.CopiesUnreachable.class);
    }
  }

  @Test
  void theCopiesOfANodeThatWasReplacedGo() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = new ArrayList<>(write(cluster, 2));
      String back = replaced(cluster);

      RemovalState plan = remove(cluster, back, true);
      assertThat(plan.copies()).isEqualTo(1);
      assertThat(plan.copyBytes()).isEqualTo(200_000);
      assertThat(cluster.node(back).holds("key")).isTrue();
      RemovalState done = remove(cluster, back, false);

      assertThat(done.copies()).isEqualTo(1);
      assertThat(cluster.node(back).store.records().versions(KEY, 10)).isEmpty();
      assertThat(cluster.node(back).store.records().head(KEY)).isEmpty();
      assertThat(cluster.node(back).store.records().heads(new byte[0], new byte[0], 10)).isEmpty();
      for (String holder : holders(cluster)) {
        assertThat(holdsAll(cluster, holder, ids)).isTrue();
      }
      assertThat(cluster.node(back).get("key")).isEqualTo(large(2));
      assertThat(cluster.node(back).list("")).containsExactly("key");
      assertThat(remove(cluster, back, false).copies()).as("a second time").isZero();
    }
  }

  @Test
  void noCopyGoesUnlessEnoughOthersAreFoundWholeOnTheirDisks() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 2);
      String back = replaced(cluster);
      String damaged = holders(cluster).getFirst();
      deleteChunkFiles(damaged);

      assertThat(remove(cluster, back, false).kept()).isEqualTo(1);
      assertThat(holdsAll(cluster, back, ids)).isTrue();

      cluster.kill(holders(cluster).getLast());
      assertThat(remove(cluster, back, false).kept()).isEqualTo(1);
      assertThat(holdsAll(cluster, back, ids)).isTrue();
    }
  }

  @Test
  void nothingGoesInAPartitionOrWithAHindrance() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 5);
      String back = replaced(cluster);
      RemovalState hindered = removals(cluster, back).run(false, () -> "A node is leaving.");
      assertThat(hindered.refusal()).isEqualTo("A node is leaving.");
      assertThat(holdsAll(cluster, back, ids)).isTrue();

      cluster.cutOff(back);
      assertThat(remove(cluster, back, false).refusal()).contains("no majority");
      assertThat(
              cluster
                  .node(back)
                  .storage
                  .remover()
                  .remove(KEY, (_, _, nodes) -> new TreeSet<>(nodes)))
          .isInstanceOf(CopyRemover.Outcome.Kept.class);
      assertThat(holdsAll(cluster, back, ids)).isTrue();
    }
  }

  @Test
  void aKillBetweenTheCommitAndTheRemovalIsMadeGoodByTheNextPass() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 2);
      String back = replaced(cluster);
      cluster
          .node(back)
          .storage
          .remover()
          .onCommitted(() -> {
            throw new IllegalStateException("killed");
          });
      assertThat(remove(cluster, back, false).refusal()).contains("failed");
      assertThat(holdsAll(cluster, back, ids)).isTrue();

      cluster.kill(back);
      restart(cluster, back);
      assertThat(remove(cluster, back, false).copies()).isEqualTo(1);
      assertThat(cluster.node(back).store.records().versions(KEY, 10)).isEmpty();
      assertThat(cluster.node("n1").get("key")).isEqualTo(large(2));
    }
  }

  /** R23: it may be counted by a head that is about to be committed. */
  @Test
  void aCopyThatSomebodyCountsMeanwhileStays() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 2);
      String back = replaced(cluster);
      VersionRecord version =
          cluster.node(back).store.records().version(KEY, ids.getLast()).orElseThrow();
      cluster
          .node(back)
          .storage
          .remover()
          .onCommitted(() -> cluster.node(back).storage.replicas().local().stage(version));

      assertThat(remove(cluster, back, false).kept()).isEqualTo(1);
      assertThat(holdsAll(cluster, back, ids)).isTrue();
    }
  }

  /** The same of a record without chunks, which nobody waits for while chunks are in use. */
  @Test
  void aCopyThatASmallWriteCountsMeanwhileStays() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      VersionId small = cluster.node("n1").put("key", new byte[] {1}).id();
      Await.until(
          SOON,
          "all holders have it",
          () ->
              holders(cluster).stream()
                  .allMatch(
                      id -> cluster.node(id).store.records().version(KEY, small).isPresent()));
      List<VersionId> ids = write(cluster, 2);
      String back = replaced(cluster);
      VersionRecord version = cluster.node(back).store.records().version(KEY, small).orElseThrow();
      cluster
          .node(back)
          .storage
          .remover()
          .onCommitted(
              () -> cluster.node(back).storage.replicas().local().stageLater(version).join());

      assertThat(remove(cluster, back, false).kept()).isEqualTo(1);
      assertThat(holdsAll(cluster, back, ids)).isTrue();
    }
  }

  /** And what was counted before, in a head that is not committed yet, makes that commit fail. */
  @Test
  void aHeadThatCountsACopyIsNotCommittedOnceTheCopyWent() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster, 2);
      String back = replaced(cluster);
      var before = cluster.node("n1").coordinator.read(KEY.entry(), ObjectCluster.TIMEOUT);

      assertThat(remove(cluster, back, false).copies()).isEqualTo(1);

      var after = cluster.node("n1").coordinator.read(KEY.entry(), ObjectCluster.TIMEOUT);
      assertThat(after.unchanged()).isNotEqualTo(before.unchanged());
      assertThat(Agreement.head(after).orElseThrow().version())
          .isEqualTo(Agreement.head(before).orElseThrow().version());
    }
  }

  @Test
  void ofMoreHoldersThanAreAskedForOneLeavesAtATimeAndNeverTooMany() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 2);
      String fourth =
          Stream.of("n1", "n2", "n3", "n4")
              .filter(node -> !holders(cluster).contains(node))
              .findFirst()
              .orElseThrow();
      assertThat(
              cluster
                  .node("n1")
                  .storage
                  .mover()
                  .repair(
                      new ReplicaMover.Move(KEY, java.util.Set.of(), List.of(fourth)),
                      ReplicaMover.Throttle.NONE))
          .isTrue();
      assertThat(holders(cluster)).hasSize(4);
      assertThat(removeAll(cluster)).as("the policy wants all").isZero();

      cluster.copiesMayGo = true;
      assertThat(removeAll(cluster)).isEqualTo(1);
      assertThat(holders(cluster)).containsExactlyInAnyOrder("n1", "n2", "n3");
      assertThat(cluster.node("n4").store.records().versions(KEY, 10)).isEmpty();
      assertThat(removeAll(cluster)).isZero();
      for (String holder : holders(cluster)) {
        assertThat(holdsAll(cluster, holder, ids)).isTrue();
      }
    }
  }

  @Test
  void theOverheadStays() throws Exception {
    settings = new RemovalSettings(Duration.ofHours(1), true, 200_000);
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 2);
      String back = replaced(cluster);

      RemovalState done = remove(cluster, back, false);
      assertThat(done.surplusBytes()).isEqualTo(200_000);
      assertThat(done.copies()).isZero();
      assertThat(holdsAll(cluster, back, ids)).isTrue();
    }
  }

  @Test
  void aPolicyThatNamesWhatItWasNotOfferedDeletesNothingOfThat() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      List<VersionId> ids = write(cluster, 3);
      policy =
          new CleanupPolicy() {
            @Override
            public Decision oldVersions(History history) {
              return new Decision(
                  List.of(
                      new Going(ids.getLast().value(), "the head"), new Going("?", "nonsense")));
            }

            @Override
            public Decision surplusCopies(Surplus surplus) {
              return new Decision(List.of(new Going("key", "wanted")));
            }
          };

      assertThat(removeAll(cluster)).isZero();
      for (String node : ALL) {
        assertThat(removedAt(cluster, node, ids)).isEmpty();
        assertThat(cluster.node(node).holds("key")).isTrue();
      }
    }
  }

  /** The node whose place another one took, back again with its copy. */
  private String replaced(ObjectCluster cluster) {
    audit(cluster, true);
    String gone =
        holders(cluster).stream().filter(node -> !node.equals("n1")).findFirst().orElseThrow();
    cluster.kill(gone);
    auditors.remove(gone);
    audit(cluster, false);
    now.addAndGet(DEAD_AFTER.toNanos());
    audit(cluster, true);
    assertThat(holders(cluster)).hasSize(3).doesNotContain(gone);
    restart(cluster, gone);
    return gone;
  }

  private ObjectCluster.Node restart(ObjectCluster cluster, String node) {
    auditors.remove(node);
    ObjectCluster.Node started = cluster.start(node);
    auditors.put(node, auditor(started));
    return started;
  }

  private static List<String> holders(ObjectCluster cluster) {
    return Agreement.head(cluster.node("n1").coordinator.read(KEY.entry(), ObjectCluster.TIMEOUT))
        .orElseThrow()
        .holders();
  }

  private List<VersionId> write(ObjectCluster cluster, int count) {
    List<VersionId> ids = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      ids.add(cluster.node("n1").put("key", large(i)).id());
    }
    settle(cluster, holders(cluster).toArray(String[]::new));
    return ids;
  }

  private static void settle(ObjectCluster cluster, String... nodes) {
    VersionId head =
        Agreement.head(cluster.node(nodes[0]).coordinator.read(KEY.entry(), ObjectCluster.TIMEOUT))
            .orElseThrow()
            .version();
    Await.until(
        SOON,
        "all holders have the head",
        () ->
            Stream.of(nodes)
                .allMatch(node -> cluster.node(node).store.records().isConfirmed(KEY, head)));
    Await.until(
        SOON,
        "nothing is staged",
        () -> Stream.of(nodes).allMatch(node -> cluster.node(node).storage.stagedRecords() == 0));
  }

  private static boolean holdsAll(ObjectCluster cluster, String node, List<VersionId> ids) {
    return ids.stream().allMatch(id -> cluster.node(node).store.records().isConfirmed(KEY, id));
  }

  private static List<VersionId> removedAt(
      ObjectCluster cluster, String node, List<VersionId> ids) {
    return ids.stream()
        .filter(id ->
            cluster
                .node(node)
                .store
                .records()
                .version(KEY, id)
                .filter(VersionRecord::isRemoved)
                .isPresent())
        .toList();
  }

  private static List<String> states(ObjectCluster cluster, String node) {
    return cluster.node(node).service().versions(KEY).orElseThrow().versions().stream()
        .map(ObjectMessages.VersionSummary::state)
        .toList();
  }

  private long removeAll(ObjectCluster cluster) throws InterruptedException {
    long gone = 0;
    for (String node : List.copyOf(cluster.view("n1").healthy())) {
      RemovalState done = remove(cluster, node, false);
      gone += done.versions() + done.copies();
    }
    return gone;
  }

  private RemovalState remove(ObjectCluster cluster, String node, boolean isPlan)
      throws InterruptedException {
    return removals(cluster, node).run(isPlan, () -> "");
  }

  private Removals removals(ObjectCluster cluster, String id) {
    ObjectCluster.Node node = cluster.node(id);
    // All of them first: each answers the others.
    cluster.view("n1").healthy().forEach(one -> auditorOf(cluster, one));
    return new Removals(
        new Removals.Parts(
            node.view,
            node.coordinator,
            node.network,
            node.store,
            node.storage.remover(),
            auditorOf(cluster, id).proof(),
            Optional.of(new CleanupRule("test/newest", policy)),
            InstantSource.system(),
            System::nanoTime,
            Meter.NONE),
        settings);
  }

  private Auditor auditorOf(ObjectCluster cluster, String node) {
    return auditors.computeIfAbsent(node, id -> auditor(cluster.node(id)));
  }

  private Auditor auditor(ObjectCluster.Node node) {
    return new Auditor(
        new Auditor.Parts(
            node.view,
            node.coordinator,
            node.network,
            node.storage.mover(),
            node.store,
            ObjectCluster.RANK,
            3,
            InstantSource.system(),
            now::get,
            Meter.NONE),
        new RepairSettings(Duration.ofHours(1), DEAD_AFTER, 1L << 40, 4));
  }

  private List<AuditState> audit(ObjectCluster cluster, boolean repairs) {
    List<Auditor> up =
        cluster.view("n1").healthy().stream().map(id -> auditorOf(cluster, id)).toList();
    List<AuditState> states = new ArrayList<>();
    up.forEach(auditor -> states.add(auditor.audit(repairs)));
    return states;
  }

  private void deleteChunkFiles(String node) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(node).resolve("chunks").resolve("files"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  private static WriteTerms terms(VersionId... parents) {
    return new WriteTerms(
        WriteTerms.Durability.MAJORITY,
        WriteTerms.Consistency.AUTO,
        new TreeSet<>(List.of(parents)));
  }

  private static byte[] large(int i) {
    byte[] bytes = new byte[100_000];
    bytes[0] = (byte) i;
    return bytes;
  }
}
