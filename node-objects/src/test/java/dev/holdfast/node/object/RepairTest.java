// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.replication.RepairPlanner.Fault;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.repair.Auditor;
import dev.holdfast.node.repair.PlacementAnswers;
import dev.holdfast.node.repair.RepairMessages.AuditState;
import dev.holdfast.node.repair.RepairMessages.InspectCopies;
import dev.holdfast.node.repair.RepairSettings;
import dev.holdfast.protocol.PlacementBodies.Candidate;
import dev.holdfast.protocol.PlacementBodies.Explanation;
import dev.holdfast.protocol.PlacementBodies.Share;
import dev.holdfast.protocol.PlacementBodies.Simulation;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Full copies again after a node was lost, and nothing moved in vain. */
@Timeout(90)
final class RepairTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration DEAD_AFTER = Duration.ofMinutes(5);
  private static final int KEYS = 30;

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong();
  private final Map<String, Auditor> auditors = new TreeMap<>();

  @Test
  void makesFullCopiesAgainOnceANodeIsDeclaredDead() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster);
      audit(cluster, true);

      cluster.kill("n2");
      List<AuditState> early = audit(cluster, true);
      assertThat(early).allMatch(state -> state.repaired() == 0);
      assertThat(sum(early, AuditState::underReplicated)).as("told at once").isPositive();
      assertThat(keysHeldBy(cluster, "n2")).isPositive();

      now.addAndGet(DEAD_AFTER.toNanos());
      List<AuditState> late = audit(cluster, true);

      assertThat(sum(late, AuditState::keys)).as("each key has one auditor").isEqualTo(KEYS);
      assertThat(sum(late, AuditState::repaired)).isPositive();
      assertThat(sum(late, AuditState::failed)).isZero();
      assertThat(keysHeldBy(cluster, "n2")).isZero();
      assertThat(sum(audit(cluster, false), AuditState::underReplicated)).isZero();
      for (int i = 0; i < KEYS; i++) {
        List<String> holders = head(cluster, key(i)).holders();
        assertThat(holders).hasSize(3);
        for (String holder : holders) {
          assertThat(cluster.node(holder).holds(key(i))).as(holder + " " + key(i)).isTrue();
        }
      }
    }
  }

  /** R24: the earlier versions move with the head. */
  @Test
  void movesAllVersionsOfAKey() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      for (int i = 0; i < 5; i++) {
        cluster.node("n1").put("key", large(i));
      }
      awaitHolders(cluster, "key");
      List<String> before = head(cluster, "key").holders();
      audit(cluster, true);

      cluster.kill(before.getLast());
      audit(cluster, false);
      now.addAndGet(DEAD_AFTER.toNanos());
      audit(cluster, true);

      List<String> after = head(cluster, "key").holders();
      String standIn =
          after.stream().filter(node -> !before.contains(node)).findFirst().orElseThrow();
      var records = cluster.node(standIn).store.records();
      assertThat(records.versions(new ObjectKey("key"), 10)).hasSize(5);
      assertThat(records.versions(new ObjectKey("key"), 10))
          .allMatch(version ->
              version.chunks().stream().allMatch(cluster.node(standIn).store.chunks()::isIntact));
    }
  }

  @Test
  void aNodeThatComesBackInTimeKeepsItsCopies() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster);
      audit(cluster, true);
      long held = keysHeldBy(cluster, "n2");

      cluster.kill("n2");
      audit(cluster, true);
      now.addAndGet(DEAD_AFTER.toNanos() - 1);
      cluster.start("n2");
      auditors.remove("n2");
      audit(cluster, true);
      now.addAndGet(2);
      List<AuditState> after = audit(cluster, true);

      assertThat(keysHeldBy(cluster, "n2")).isEqualTo(held);
      assertThat(sum(after, AuditState::copiedBytes)).isZero();
    }
  }

  /** The index says that the chunk is there; the disk says that it is not. */
  @Test
  void findsAFileThatIsGoneFromTheDiskAndFetchesIt() throws IOException {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      cluster.node("n1").put("key", large(1));
      Await.until(
          SOON,
          "all have it",
          () -> Stream.of("n1", "n2", "n3").allMatch(id -> cluster.node(id).holds("key")));
      deleteChunkFiles("n2");

      List<AuditState> found = audit(cluster, true);

      assertThat(sum(found, AuditState::underReplicated)).isEqualTo(1);
      Await.until(SOON, "n2 has it again", () -> cluster.node("n2").holds("key"));
      assertThat(sum(audit(cluster, true), AuditState::underReplicated)).isZero();
    }
  }

  @Test
  void aHolderThatDoesNotAnswerIsCopiedNowhere() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster);
      audit(cluster, true);
      long held = keysHeldBy(cluster, "n2");
      cluster.peers.lost = request -> request instanceof InspectCopies;

      List<AuditState> states = audit(cluster, true);

      assertThat(sum(states, AuditState::underReplicated)).isEqualTo(KEYS);
      assertThat(sum(states, AuditState::copiedBytes)).isZero();
      assertThat(keysHeldBy(cluster, "n2")).isEqualTo(held);
    }
  }

  @Test
  void saysThatNothingCanBeDoneWithoutANodeToTakeTheCopy() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      write(cluster);
      audit(cluster, true);

      cluster.kill("n2");
      audit(cluster, true);
      now.addAndGet(DEAD_AFTER.toNanos());
      List<AuditState> states = audit(cluster, true);

      assertThat(sum(states, AuditState::waiting)).isEqualTo(KEYS);
      assertThat(keysHeldBy(cluster, "n2"))
          .as("the head still says where a copy was")
          .isEqualTo(KEYS);
    }
  }

  /** Without a command: the thread of each auditor learns of the loss by itself. */
  @Test
  void auditsByItselfWhenANodeIsLost() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster);
      for (ClusterMap.Node node : map(cluster)) {
        auditors.put(
            node.id(), auditor(cluster.node(node.id()), Duration.ofMillis(50), System::nanoTime));
      }
      auditors.values().forEach(auditor -> auditor.start(() -> true));

      cluster.kill("n3");

      Await.until(SOON, "n3 holds nothing any more", () -> keysHeldBy(cluster, "n3") == 0);
      Await.until(
          SOON,
          "the audits say so",
          () ->
              auditors.entrySet().stream()
                      .filter(one -> !one.getKey().equals("n3"))
                      .mapToLong(one -> one.getValue().count(Fault.UNDER_REPLICATED))
                      .sum()
                  == 0);
      auditors.values().forEach(Auditor::close);
    }
  }

  @Test
  void explainsEachNodeOfAKey() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster);
      audit(cluster, true);
      List<String> holders = head(cluster, key(0)).holders();
      PlacementAnswers answers = answers(cluster);

      Explanation explanation = answers.explain(new ObjectKey(key(0)));

      assertThat(explanation.satisfied()).isTrue();
      assertThat(explanation.nodes()).extracting(Candidate::rank).containsExactly(1, 2, 3, 4);
      for (Candidate node : explanation.nodes()) {
        boolean isHolder = holders.contains(node.node());
        assertThat(node.holder()).isEqualTo(isHolder);
        assertThat(node.copy()).isEqualTo(isHolder ? "whole" : "none");
        assertThat(node.why()).isNotEmpty();
      }

      String lost = holders.get(holders.getFirst().equals("n1") ? 1 : 0);
      cluster.kill(lost);
      auditors.remove(lost);
      assertThat(copyAt(answers, lost)).isEqualTo("away unknown");
      now.addAndGet(DEAD_AFTER.toNanos());
      assertThat(copyAt(answers, lost)).isEqualTo("dead unknown");
      assertThat(answers.explain(new ObjectKey("none")).exists()).isFalse();
    }
  }

  private static String copyAt(PlacementAnswers answers, String node) {
    Candidate candidate =
        answers.explain(new ObjectKey(key(0))).nodes().stream()
            .filter(one -> one.node().equals(node))
            .findFirst()
            .orElseThrow();
    return candidate.liveness() + " " + candidate.copy();
  }

  @Test
  void simulatesAChangeAsRepairWouldCarryItOut() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 4, ObjectCluster.PATIENT)) {
      write(cluster);
      long held = keysHeldBy(cluster, "n2");
      PlacementAnswers answers = answers(cluster);

      Simulation removal = answers.simulateRemove("n2");
      Simulation addition =
          answers.simulateAdd(new ClusterMap.Node("n9", Map.of(), 1, ClusterMap.State.ACTIVE));

      assertThat(removal.keys()).isEqualTo(KEYS);
      assertThat(removal.keysToMove()).isEqualTo(held);
      assertThat(removal.nodes().stream().mapToLong(Share::keysIn).sum()).isEqualTo(held);
      assertThat(addition.keysToMove()).as("a key keeps its holders").isZero();
      assertThat(addition.nodes().getLast().keysOfNew()).isPositive();

      audit(cluster, true);
      cluster.kill("n2");
      auditors.remove("n2");
      audit(cluster, true);
      now.addAndGet(DEAD_AFTER.toNanos());
      List<AuditState> repaired = audit(cluster, true);
      assertThat(sum(repaired, AuditState::repaired)).isEqualTo(removal.keysToMove());
      assertThat(sum(repaired, AuditState::toCopyBytes)).isEqualTo(removal.bytesToMove());
    }
  }

  private PlacementAnswers answers(ObjectCluster cluster) {
    Auditor auditor =
        auditors.computeIfAbsent("n1", _ -> auditor(cluster.node("n1"), DEAD_AFTER, now::get));
    for (ClusterMap.Node node : map(cluster)) {
      auditors.computeIfAbsent(node.id(), id -> auditor(cluster.node(id), DEAD_AFTER, now::get));
    }
    return new PlacementAnswers(auditor, "test");
  }

  private void deleteChunkFiles(String node) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(node).resolve("chunks").resolve("files"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  private static String key(int i) {
    return "key/" + i;
  }

  private static byte[] large(int i) {
    byte[] bytes = new byte[100_000];
    bytes[0] = (byte) i;
    return bytes;
  }

  private static void write(ObjectCluster cluster) {
    for (int i = 0; i < KEYS; i++) {
      cluster.node("n1").put(key(i), ("value " + i).getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < KEYS; i++) {
      awaitHolders(cluster, key(i));
    }
  }

  private static void awaitHolders(ObjectCluster cluster, String key) {
    Await.until(
        SOON,
        "all holders have " + key,
        () -> head(cluster, key).holders().stream().allMatch(id -> cluster.node(id).holds(key)));
  }

  private static HeadRecord head(ObjectCluster cluster, String key) {
    return Agreement.head(
            cluster.node("n1").coordinator.read(new ObjectKey(key).entry(), ObjectCluster.TIMEOUT))
        .orElseThrow();
  }

  private static long keysHeldBy(ObjectCluster cluster, String node) {
    return Stream.iterate(0, i -> i + 1)
        .limit(KEYS)
        .filter(i -> head(cluster, key(i)).holders().contains(node))
        .count();
  }

  private static long sum(
      List<AuditState> states, java.util.function.ToLongFunction<AuditState> of) {
    return states.stream().mapToLong(of).sum();
  }

  private static List<ClusterMap.Node> map(ObjectCluster cluster) {
    return cluster.view("n1").map().nodes();
  }

  /** Each node that is up audits once, in turn. */
  private List<AuditState> audit(ObjectCluster cluster, boolean repairs) {
    // All of them first: each answers the others.
    List<Auditor> up =
        cluster.view("n1").healthy().stream()
            .map(id ->
                auditors.computeIfAbsent(id, _ -> auditor(cluster.node(id), DEAD_AFTER, now::get)))
            .toList();
    List<AuditState> states = new ArrayList<>();
    up.forEach(auditor -> states.add(auditor.audit(repairs)));
    return states;
  }

  private static Auditor auditor(
      ObjectCluster.Node node, Duration deadAfter, java.util.function.LongSupplier nanos) {
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
            nanos,
            Meter.NONE),
        new RepairSettings(Duration.ofHours(1), deadAfter, 1L << 40, 4));
  }
}
