// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static dev.holdfast.coordinator.raft.RaftCluster.TIMEOUT;
import static dev.holdfast.coordinator.raft.RaftCluster.await;
import static dev.holdfast.coordinator.raft.RaftCluster.commit;
import static dev.holdfast.coordinator.raft.RaftCluster.delete;
import static dev.holdfast.coordinator.raft.RaftCluster.key;
import static dev.holdfast.coordinator.raft.RaftCluster.put;
import static dev.holdfast.coordinator.raft.RaftCluster.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator.Page;
import dev.holdfast.spi.coordinator.CoordinatorEvent;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters.Member;
import dev.holdfast.spi.coordinator.WatchListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on three servers, and what happens to it when they stop. */
final class RaftCoordinatorTest {
  private static final Map<String, String> SMALL =
      Map.of(
          "snapshotEntries", "40",
          "logSegmentBytes", "16KiB",
          "logTailEntries", "10",
          "leaseTtl", "1500ms");

  @TempDir Path folder = Path.of("");

  @Test
  void commitsOnAnyNodeAndReadsOnEvery() {
    try (RaftCluster cluster = RaftCluster.start(folder, 3, Map.of())) {
      long first = commit(cluster.follower(), put("a", "1"));
      long second =
          commit(cluster.leader(), put("a", "2", new Condition.AtVersion(key("a"), first)));

      assertThat(second).isEqualTo(first + 1);
      for (RaftCoordinator node : cluster.nodes()) {
        assertThat(value(node, "a")).isEqualTo("2");
      }
    }
  }

  /** With a heartbeat every 3 s: were the followers told by it, this would take a minute. */
  @Test
  void followersHearOfALoneCommitWithoutAHeartbeat() {
    Map<String, String> slow =
        Map.of("electionTimeoutMin", "6s", "electionTimeoutMax", "7s", "leaseTtl", "20s");
    try (RaftCluster cluster = RaftCluster.start(folder, 3, slow)) {
      RaftCoordinator leader = cluster.leader();
      long begun = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        String key = "lone/" + i;
        commit(leader, put(key, "1"));
        for (RaftCoordinator node : cluster.nodes()) {
          await(key, () -> node.readLocal(key(key)).observation().isPresent());
        }
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }
  }

  @Test
  void refusesAbsentSinceAfterADeleteOfAnAbsentKey() {
    try (RaftCluster cluster = RaftCluster.start(folder, 1, Map.of())) {
      RaftCoordinator node = cluster.any();
      long before = commit(node, put("other", "x"));
      commit(node, delete("a"));

      CommitResult late =
          node.commit(put("a", "late", new Condition.AbsentSince(key("a"), before)), TIMEOUT);

      assertThat(late).isInstanceOf(CommitResult.Conflict.class);
      Observation seen = ((CommitResult.Conflict) late).failed().getFirst();
      assertThat(seen.isPresent()).isFalse();
      assertThat(seen.lastDeleted()).isEqualTo(before + 1);
      commit(node, put("a", "new", seen.unchanged()));
      assertThat(value(node, "a")).isEqualTo("new");
    }
  }

  @Test
  void conflictShowsLargeValuesToo() {
    try (RaftCluster cluster = RaftCluster.start(folder, 1, Map.of())) {
      RaftCoordinator node = cluster.any();
      Bytes large = Bytes.wrap(new byte[200_000]);
      commit(node, new Transaction(List.of(), List.of(new Change.Put(key("a"), large))));

      CommitResult result =
          node.commit(put("a", "x", new Condition.AtVersion(key("a"), 77)), TIMEOUT);

      Entry seen = ((CommitResult.Conflict) result).failed().getFirst().entry();
      assertThat(seen == null ? null : seen.value()).isEqualTo(large);
    }
  }

  @Test
  void longKeysWithOnePrefixStayApartAndAreScanned() {
    String common = "p/" + "x".repeat(600) + "/";
    try (RaftCluster cluster = RaftCluster.start(folder, 1, Map.of())) {
      RaftCoordinator node = cluster.any();
      for (int i = 0; i < 100; i++) {
        commit(node, put(common + i, "v" + i));
        if (i == 50) {
          node.checkpointNow();
        }
      }
      commit(node, put("p/short", "s"));
      commit(node, delete(common + 7));

      List<String> values = new ArrayList<>();
      Page page = node.scan(common, null, 13, TIMEOUT);
      while (true) {
        page.entries().forEach(entry -> values.add(entry.value().toUtf8()));
        if (page.next() == null) {
          break;
        }
        page = node.scan(common, page.next(), 13, TIMEOUT);
      }

      assertThat(values).hasSize(99).doesNotHaveDuplicates().doesNotContain("v7");
      assertThat(value(node, common + 99)).isEqualTo("v99");
      assertThat(node.scan("p/", null, 1000, TIMEOUT).entries()).hasSize(100);
    }
  }

  @Test
  void restartOfAllKeepsWhatWasAcknowledged() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      long last = 0;
      for (int i = 0; i < 250; i++) {
        last = commit(cluster.any(), put("k" + i % 50, "v" + i));
      }
      commit(cluster.any(), delete("k7"));
      List<String> names = List.of("n1", "n2", "n3");

      names.forEach(cluster::crash);
      names.forEach(cluster::open);
      cluster.awaitLeader();

      for (RaftCoordinator node : cluster.nodes()) {
        assertThat(value(node, "k49")).isEqualTo("v249");
        assertThat(value(node, "k0")).isEqualTo("v200");
        Observation deleted = node.read(key("k7"), TIMEOUT);
        assertThat(deleted.isPresent()).isFalse();
        assertThat(deleted.lastDeleted()).isEqualTo(last + 1);
      }
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  @Test
  void laggingNodeGetsASnapshotAndItsWatchesScanAgain() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      String lagging = cluster.nameOf(cluster.follower());
      commit(cluster.leader(), put("before", "1"));
      cluster.stop(lagging);
      writeUntilPurged(cluster);

      RaftCoordinator back = cluster.open(lagging);
      Recorder recorder = new Recorder();
      back.watch("k", recorder);

      await("an install", () -> cluster.count("raft.snapshot.installed") > 0);
      assertThat(value(back, "last")).isEqualTo("done");
      await("a resync", () -> !recorder.resyncs.isEmpty());
      commit(cluster.leader(), put("k-after", "1"));
      await("the change after", () -> recorder.changed.contains("k-after"));
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  @Test
  void emptyNodeJoinsAnIdleClusterBySnapshotAndReplacesItsOldSelf() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      String lost = cluster.nameOf(cluster.follower());
      writeUntilPurged(cluster);
      cluster.crash(lost);

      var renewed = cluster.member(lost, "b");
      RaftCoordinator empty = cluster.open(lost);
      cluster.leaderBeside(lost).voters().orElseThrow().add(renewed, TIMEOUT);

      assertThat(value(empty, "last")).isEqualTo("done");
      assertThat(empty.status().voters()).containsExactly("n1", "n2", "n3");
      assertThat(cluster.count("raft.snapshot.installed")).isPositive();
      cluster.crash(lost);
      RaftCoordinator again = cluster.open(lost);
      assertThat(value(again, "last")).isEqualTo("done");
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  @Test
  void emptyNodeDoesNotAnswerForItsFormerSelf() {
    try (RaftCluster cluster = RaftCluster.start(folder, 3, SMALL)) {
      commit(cluster.leader(), put("before", "1"));
      String leader = cluster.awaitLeader();
      List<String> followers =
          cluster.nodes().stream().map(cluster::nameOf).filter(n -> !n.equals(leader)).toList();
      String lost = followers.getFirst();
      cluster.crash(lost);
      var renewed = cluster.emptied(lost);
      RaftCoordinator empty = cluster.open(lost);
      commit(cluster.node(leader), put("meanwhile", "1"));
      await("messages to the former self", () -> cluster.count("raft.misaddressed") > 20);

      // Of the three that vote, one is left: the emptied one has forgotten what it had promised.
      cluster.crash(followers.getLast());
      assertThatThrownBy(
              () -> cluster.node(leader).commit(put("alone", "1"), Duration.ofSeconds(3)))
          .isInstanceOf(CoordinatorException.class);
      assertThat(empty.status().leader()).isNull();
      assertThat(cluster.fatal).isEmpty();

      cluster.open(followers.getLast());
      cluster.leaderBeside(lost).voters().orElseThrow().add(renewed, TIMEOUT);
      assertThat(value(empty, "meanwhile")).isEqualTo("1");
      cluster.crash(leader);
      commit(cluster.leader(), put("after", "1"));
      assertThat(cluster.fatal).isEmpty();
    }
  }

  @Test
  void nodeThatMovedToAnotherAddressVotesThereWithItsOldLog() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      writeUntilPurged(cluster);
      String moving = cluster.nameOf(cluster.leader());
      cluster.crash(moving);
      commit(cluster.leaderBeside(moving), put("while-away", "1"));

      var moved = cluster.member(moving, "a");
      RaftCoordinator back = cluster.open(moving);
      // As the nodes tell each other; the leader calls the former place until then.
      cluster.nodes().forEach(node -> node.voters().orElseThrow().locate(moved));

      assertThat(value(back, "while-away")).isEqualTo("1");
      assertThat(back.voters().orElseThrow().current()).hasSize(3).contains(moved);
      // Its vote counts: without it there is no majority.
      cluster.crash(
          List.of("n1", "n2", "n3").stream().filter(n -> !n.equals(moving)).findFirst().get());
      cluster.awaitLeader();
      commit(back, put("after", "2"));
      cluster.crash(moving);
      assertThat(value(cluster.open(moving), "after")).isEqualTo("2");
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  @Test
  void allMoveToOtherAddressesAtOnceAndAgreeAgainOnceTheyHaveToldEachOther() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      writeUntilPurged(cluster);
      List<String> all = List.of("n1", "n2", "n3");
      all.forEach(cluster::stop);

      var moved = all.stream().map(id -> cluster.member(id, "a")).toList();
      all.forEach(cluster::open);
      for (RaftCoordinator node : cluster.nodes()) {
        moved.forEach(node.voters().orElseThrow()::locate);
      }

      cluster.awaitLeader();
      for (RaftCoordinator node : cluster.nodes()) {
        assertThat(value(node, "last")).isEqualTo("done");
        assertThat(node.voters().orElseThrow().current())
            .containsExactlyInAnyOrderElementsOf(moved);
      }
      commit(cluster.follower(), put("after", "1"));
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  @Test
  void tellsLeadersAndSnapshotsAsTheyCome() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      String first = cluster.awaitLeader();
      RaftCoordinator leader = cluster.node(first);
      RaftCoordinator follower = cluster.follower();
      Queue<CoordinatorEvent> atLeader = new ConcurrentLinkedQueue<>();
      Queue<CoordinatorEvent> atFollower = new ConcurrentLinkedQueue<>();
      leader.onEvent(atLeader::add);
      follower.onEvent(atFollower::add);

      follower.voters().orElseThrow().transferLeadership(cluster.nameOf(follower), TIMEOUT);
      long revision = commit(follower, put("k", "v"));
      follower.checkpointNow();

      String second = cluster.nameOf(follower);
      await("the news", () -> leaders(atLeader).contains(second));
      assertThat(leaders(atLeader)).containsExactly(first, second);
      assertThat(leaders(atFollower)).containsExactly(first, second);
      await(
          "that it led",
          () -> atLeader.stream().anyMatch(CoordinatorEvent.BecameFollower.class::isInstance));
      assertThat(atFollower)
          .noneMatch(CoordinatorEvent.BecameFollower.class::isInstance)
          .anyMatch(event ->
              event instanceof CoordinatorEvent.SnapshotCreated created
                  && created.revision() >= revision);
    } finally {
      cluster.close();
    }
  }

  private static List<String> leaders(Queue<CoordinatorEvent> events) {
    return events.stream()
        .filter(CoordinatorEvent.LeaderElected.class::isInstance)
        .map(event -> ((CoordinatorEvent.LeaderElected) event).leader())
        .toList();
  }

  @Test
  void aFollowerWithoutAMajorityForLongRefusesAtOnceUntilThereIsOneAgain() {
    withoutAMajority(RaftCluster::follower);
  }

  @Test
  void aLeaderWithoutAMajorityForLongRefusesAtOnceUntilThereIsOneAgain() {
    withoutAMajority(RaftCluster::leader);
  }

  @Test
  void whoWaitsWhenTheMajorityGoesIsRefusedOnceAnElectionWouldBeOver() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      RaftCoordinator left = cluster.follower();
      String id = cluster.nameOf(left);
      commit(left, put("k", "1"));
      List.of("n1", "n2", "n3").stream().filter(other -> !other.equals(id)).forEach(cluster::crash);
      await("no leader", () -> left.status().leader() == null);
      Duration patience = Duration.ofMinutes(10);
      long begun = System.nanoTime();

      List<CompletableFuture<?>> waiting =
          List.of(
              CompletableFuture.runAsync(() -> left.read(key("k"), patience)),
              CompletableFuture.runAsync(() -> left.scan("k", null, 10, patience)),
              CompletableFuture.runAsync(() -> left.commit(put("k", "2"), patience)),
              left.commitAsync(put("k", "3"), patience).toCompletableFuture());

      for (CompletableFuture<?> one : waiting) {
        assertThatThrownBy(() -> one.get(30, TimeUnit.SECONDS))
            .hasCauseInstanceOf(UnavailableException.class)
            .hasMessageContaining("no leader");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
      // Now and then the machine is busy, but an election would be waited for each time.
      await(
          "a refusal at once",
          () -> {
            long again = System.nanoTime();
            assertThatThrownBy(() -> left.read(key("k"), patience))
                .isInstanceOf(UnavailableException.class);
            return System.nanoTime() - again < Duration.ofMillis(500).toNanos();
          });
    } finally {
      cluster.close();
    }
  }

  private void withoutAMajority(Function<RaftCluster, RaftCoordinator> whoIsLeft) {
    Map<String, String> options = new HashMap<>(SMALL);
    options.put("noMajorityAfter", "1500ms");
    RaftCluster cluster = RaftCluster.start(folder, 3, options);
    try {
      RaftCoordinator left = whoIsLeft.apply(cluster);
      String id = cluster.nameOf(left);
      List<String> others =
          List.of("n1", "n2", "n3").stream().filter(other -> !other.equals(id)).toList();
      commit(left, put("k", "1"));
      others.forEach(cluster::crash);
      // Far longer than the test may run: it must not be waited for.
      Duration patience = Duration.ofMinutes(10);

      await(
          "a refusal",
          () -> {
            try {
              left.read(key("k"), Duration.ofMillis(100));
              return false;
            } catch (UnavailableException e) {
              return String.valueOf(e.getMessage()).contains("nothing was tried");
            }
          });
      assertThatThrownBy(() -> left.read(key("k"), patience))
          .isInstanceOf(UnavailableException.class);
      assertThatThrownBy(() -> left.scan("k", null, 10, patience))
          .isInstanceOf(UnavailableException.class);
      assertThatThrownBy(() -> left.commit(put("k", "2"), patience))
          .isInstanceOf(UnavailableException.class);

      cluster.open(others.getFirst());
      cluster.awaitLeader();
      await("a lease", () -> left.lease().state() == NodeLease.State.CONNECTED);
      assertThat(value(left, "k")).isEqualTo("1");
    } finally {
      cluster.close();
    }
  }

  @Test
  void anObserverTakesTheSeatOfALostVoterAndItsVoteCounts() {
    Map<String, String> options = new HashMap<>(SMALL);
    options.put("votersMax", "3");
    RaftCluster cluster = RaftCluster.start(folder, 3, options);
    try {
      for (String id : List.of("n4", "n5")) {
        var member = cluster.member(id, "a");
        cluster.open(id);
        cluster.leaderBeside(id).voters().orElseThrow().add(member, TIMEOUT);
      }
      assertThat(cluster.leader().status().observers()).containsExactly("n4", "n5");
      String leader = cluster.awaitLeader();
      List<String> followers =
          List.of("n1", "n2", "n3").stream().filter(id -> !id.equals(leader)).toList();
      cluster.crash(followers.getFirst());
      var observer =
          cluster.leader().voters().orElseThrow().current().stream()
              .filter(member -> member.nodeId().equals("n5"))
              .findFirst()
              .orElseThrow();

      cluster
          .leader()
          .voters()
          .orElseThrow()
          .replace(
              followers.getFirst(),
              new Member("n5", observer.incarnation(), observer.address(), true),
              TIMEOUT);

      assertThat(cluster.leader().status().observers()).containsExactly("n4");
      assertThat(cluster.leader().status().voters()).contains("n5").hasSize(3);
      // Two of the three voters are left, and one of them is the former observer.
      cluster.crash(leader);
      cluster.awaitLeader();
      commit(cluster.node("n5"), put("after", "1"));
      assertThat(value(cluster.node("n4"), "after")).isEqualTo("1");
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  @Test
  void serverThatWasLeftOutStartsAgainAndTakesPartWhenItIsAdmitted() {
    // Without checkpoints of their own accord: what was applied is on no disk but in the log.
    RaftCluster cluster = RaftCluster.start(folder, 3, Map.of());
    try {
      commit(cluster.leader(), put("before", "1"));
      String left = cluster.nameOf(cluster.follower());
      var member =
          cluster.leader().voters().orElseThrow().current().stream()
              .filter(one -> one.nodeId().equals(left))
              .findFirst()
              .orElseThrow();
      cluster.leader().voters().orElseThrow().remove(left, TIMEOUT);
      commit(cluster.leaderBeside(left), put("while-out", "1"));
      await("a new server of " + left, () -> cluster.count("raft.server.starts") > 3);

      cluster.leaderBeside(left).voters().orElseThrow().add(member, TIMEOUT);

      assertThat(value(cluster.node(left), "while-out")).isEqualTo("1");
      commit(cluster.node(left), put("back", "2"));
      assertThat(cluster.count("raft.server.starts")).isEqualTo(4);
      assertThat(cluster.fatal).isEmpty();
    } finally {
      cluster.close();
    }
  }

  private static void writeUntilPurged(RaftCluster cluster) {
    RaftCoordinator leader = cluster.leader();
    String filling = "x".repeat(2000);
    for (int i = 0; i < 200; i++) {
      commit(leader, put("k" + i % 50, filling));
    }
    commit(leader, put("last", "done"));
  }

  @Test
  void leaderCrashUnderLoadLosesNoAcknowledgedCommit() throws Exception {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      Map<String, Long> acknowledged = new ConcurrentHashMap<>();
      AtomicBoolean stop = new AtomicBoolean();
      List<Thread> writers = new ArrayList<>();
      String first = cluster.awaitLeader();
      List<RaftCoordinator> survivors =
          cluster.nodes().stream().filter(node -> !cluster.nameOf(node).equals(first)).toList();
      for (int w = 0; w < 8; w++) {
        int writer = w;
        writers.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (long i = 0; !stop.get(); i++) {
                    commit(survivors.get(writer % 2), put("w" + writer, Long.toString(i)));
                    acknowledged.put("w" + writer, i);
                  }
                }));
      }
      await("some commits", () -> acknowledged.size() == 8);

      cluster.crash(first);
      Map<String, Long> atCrash = Map.copyOf(acknowledged);
      await(
          "commits after the crash",
          () ->
              acknowledged.entrySet().stream()
                  .allMatch(e -> e.getValue() > atCrash.getOrDefault(e.getKey(), 0L) + 1));
      stop.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
      RaftCoordinator back = cluster.open(first);

      acknowledged.forEach(
          (name, last) -> assertThat(value(back, name)).isEqualTo(Long.toString(last)));
    } finally {
      cluster.close();
    }
  }

  @Test
  void leaseOfACrashedNodeEndsWithItsEntriesAndNotBefore() {
    RaftCluster cluster = RaftCluster.start(folder, 3, SMALL);
    try {
      RaftCoordinator dying = cluster.leader();
      await("a lease", () -> dying.lease().state() == NodeLease.State.CONNECTED);
      dying.commit(
          new Transaction(
              List.of(), List.of(new Change.PutLeased(key("node/x"), Bytes.utf8("alive")))),
          TIMEOUT);
      String name = cluster.nameOf(dying);
      assertThat(dying.lease().provenRevision()).isNotNegative();
      Recorder recorder = new Recorder();
      RaftCoordinator survivor =
          cluster.nodes().stream().filter(n -> !n.equals(dying)).findFirst().orElseThrow();
      survivor.watch("node/", recorder);
      long validUntil = dying.lease().surelyValidUntilNanos();

      cluster.crash(name);

      await("the end of the entry", () -> !survivor.read(key("node/x"), TIMEOUT).isPresent());
      assertThat(System.nanoTime() - validUntil).isPositive();
      await("the deletion told", () -> recorder.deleted.contains("node/x"));
      assertThat(survivor.lease().state()).isEqualTo(NodeLease.State.CONNECTED);
    } finally {
      cluster.close();
    }
  }

  @Test
  void closedNodeEndsItsLeaseAtOnce() {
    RaftCluster cluster = RaftCluster.start(folder, 3, Map.of("leaseTtl", "2m"));
    try {
      RaftCoordinator leaving = cluster.follower();
      await("a lease", () -> leaving.lease().state() == NodeLease.State.CONNECTED);
      leaving.commit(
          new Transaction(List.of(), List.of(new Change.PutLeased(key("node/y"), Bytes.EMPTY))),
          TIMEOUT);

      cluster.stop(cluster.nameOf(leaving));

      assertThat(cluster.leaderBeside("").read(key("node/y"), TIMEOUT).isPresent()).isFalse();
    } finally {
      cluster.close();
    }
  }

  @Test
  void growsFromOneToThreeAndShrinksAgain() {
    RaftCluster cluster = RaftCluster.start(folder, 1, SMALL);
    try {
      commit(cluster.any(), put("a", "1"));
      for (String name : List.of("n2", "n3")) {
        var member = cluster.member(name, "a");
        cluster.open(name);
        cluster.node("n1").voters().orElseThrow().add(member, TIMEOUT);
        cluster.node("n1").voters().orElseThrow().add(member, TIMEOUT);
      }
      assertThat(value(cluster.node("n3"), "a")).isEqualTo("1");
      cluster.node("n2").voters().orElseThrow().transferLeadership("n2", TIMEOUT);
      assertThat(cluster.awaitLeader()).isEqualTo("n2");

      var watching = cluster.member("n4", "a", false);
      cluster.open("n4");
      cluster.node("n3").voters().orElseThrow().add(watching, TIMEOUT);
      assertThat(value(cluster.node("n4"), "a")).isEqualTo("1");
      assertThat(cluster.node("n4").status().observers()).containsExactly("n4");
      commit(cluster.node("n4"), put("b", "from an observer"));
      cluster
          .node("n3")
          .voters()
          .orElseThrow()
          .add(new Member("n4", "a", watching.address(), true), TIMEOUT);
      assertThat(cluster.node("n3").status().voters()).contains("n4");

      cluster.node("n3").voters().orElseThrow().remove("n4", TIMEOUT);
      cluster.node("n3").voters().orElseThrow().remove("n1", TIMEOUT);

      assertThat(cluster.node("n2").status().voters()).containsExactly("n2", "n3");
      commit(cluster.node("n3"), put("a", "2"));
      assertThat(value(cluster.node("n2"), "a")).isEqualTo("2");
    } finally {
      cluster.close();
    }
  }

  private static final class Recorder implements WatchListener {
    final List<Long> starts = new CopyOnWriteArrayList<>();
    final List<String> changed = new CopyOnWriteArrayList<>();
    final List<String> deleted = new CopyOnWriteArrayList<>();
    final List<Long> resyncs = new CopyOnWriteArrayList<>();

    @Override
    public void started(long revision) {
      starts.add(revision);
    }

    @Override
    public void changed(List<Observation> observations) {
      for (Observation observation : observations) {
        (observation.isPresent() ? changed : deleted).add(observation.key().value());
      }
    }

    @Override
    public void resync(long revision) {
      resyncs.add(revision);
    }
  }
}
