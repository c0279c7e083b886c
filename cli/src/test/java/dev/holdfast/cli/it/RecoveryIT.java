// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Clusters that stop, move and fall behind, and come back without anybody's hand. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RecoveryIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Duration START = Duration.ofMinutes(2);
  private static final int RESTARTS = Integer.getInteger("holdfast.restarts", 5);

  @TempDir private Path folder;

  @Test
  void allNodesThatMoveToOtherRaftAddressesAtOnceFindEachOther() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      put(rest, cluster.node(0), "before");
      cluster.nodes().forEach(LocalNode::stop);

      for (LocalNode node : cluster.nodes()) {
        node.start("--set", "node.raft=127.0.0.1:" + (node.apiUri().getPort() + 6));
      }

      cluster.awaitReady(START);
      for (LocalNode node : cluster.nodes()) {
        assertReads(rest, node, "before");
        put(rest, node, "after/" + node.id());
      }
      // And once more without a word: the next start knows by itself.
      cluster.nodes().forEach(LocalNode::kill);
      for (LocalNode node : cluster.nodes()) {
        node.start("--set", "node.raft=127.0.0.1:" + (node.apiUri().getPort() + 6));
      }
      cluster.awaitReady(START);
      assertReads(rest, cluster.node(1), "before");
    }
  }

  @Test
  void allNodesThatMoveAllTheirPortsFindEachOtherByTheFileOfPeers() throws Exception {
    Path peers = folder.resolve("peers");
    Files.writeString(peers, "");
    try (LocalCluster cluster =
            LocalCluster.builder()
                .option("cluster.discovery", "file:" + peers)
                .option("cluster.discoveryInterval", "1s")
                .start();
        Rest rest = new Rest()) {
      put(rest, cluster.node(0), "before");
      cluster.nodes().forEach(LocalNode::kill);
      for (LocalNode node : cluster.nodes()) {
        int port = node.apiUri().getPort();
        node.start(
            "--set", "node.peer=127.0.0.1:" + (port + 5),
            "--set", "node.raft=127.0.0.1:" + (port + 6));
      }

      // Only now does the operator, or the name server, say where they are.
      Files.writeString(
          peers,
          cluster.nodes().stream()
              .map(node -> "127.0.0.1:" + (node.apiUri().getPort() + 5) + "\n")
              .collect(Collectors.joining()));

      cluster.awaitReady(START);
      for (LocalNode node : cluster.nodes()) {
        assertReads(rest, node, "before");
        put(rest, node, "after/" + node.id());
      }
    }
  }

  @Test
  void anObserverThatKeepsTheSpreadTakesTheSeatOfALostVoter() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder()
                .labels("n1", "zone=a")
                .labels("n2", "zone=b")
                .labels("n3", "zone=c")
                .labels("n4", "zone=a")
                .labels("n5", "zone=c")
                .option("raft.electionTimeoutMin", "1s")
                .option("raft.leaseTtl", "5s")
                .option("raft.votersMax", "3")
                .option("membership.replaceAfter", "3s")
                .start();
        Rest rest = new Rest()) {
      cluster.join().awaitReady(START);
      cluster.join().awaitReady(START);
      LocalNode asked = cluster.node("n1");
      assertThat(roles(rest, asked, "observer")).containsExactly("n4", "n5");
      put(rest, cluster.node("n5"), "through-an-observer");
      LocalNode lost = cluster.node("n3");
      lost.kill();

      Await.until(
          SOON,
          () -> "n5 votes\n" + cluster.logTails(),
          () ->
              cluster.nodes().stream()
                  .anyMatch(node ->
                      Await.get(() -> Files.readString(node.log()))
                          .contains("n5 has the seat of n3")));
      Await.until(SOON, () -> "n1 knows it", () -> !roles(rest, asked, "observer").contains("n5"));
      assertThat(roles(rest, asked, "observer")).contains("n4");

      // The new voter counts: with n2 gone too, n1 and n5 are the majority.
      cluster.node("n2").kill();
      put(rest, cluster.node("n5"), "probe");
      cluster.node("n2").start();
      lost.start();
      cluster.awaitReady(START);
      Await.until(
          SOON,
          () -> "n3 observes\n" + cluster.logTails(),
          () -> roles(rest, asked, "observer").equals(List.of("n3", "n4")));
      assertReads(rest, lost, "through-an-observer");
    }
  }

  @Test
  void aFollowerThatStandsStillWhileTheLogIsPurgedCatchesUp() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder()
                .option("raft.snapshotThreshold", "200")
                .option("raft.snapshotInterval", "1s")
                .option("raft.logSegmentBytes", "64KiB")
                .option("raft.logTailEntries", "50")
                .start();
        Rest rest = new Rest()) {
      LocalNode leader = cluster.awaitLeader(SOON);
      LocalNode slow = cluster.nodes().stream().filter(node -> node != leader).findFirst().get();
      slow.pause();
      try (Writers writers = new Writers(rest, 8, "load", () -> List.of(leader))) {
        Await.until(SOON, () -> "1500 writes", () -> writers.count() >= 1_500);
        slow.resume();
        int before = writers.count();
        Await.until(SOON, () -> "more writes", () -> writers.count() >= before + 200);
        writers.finish();
      }
      put(rest, leader, "last");

      slow.awaitReady(START);
      Await.until(
          SOON,
          () -> "no lag\n" + cluster.logTails(),
          () -> node(rest, leader, slow.id()).path("lag").asLong(-1) == 0);
      assertReads(rest, slow, "last");
      // It counts: the other follower goes, and nothing goes without the slow one.
      cluster.nodes().stream()
          .filter(node -> node != leader && node != slow)
          .forEach(LocalNode::kill);
      put(rest, leader, "probe");
    }
  }

  /**
   * Nobody writes while they come back, so that no new entry brings them what they miss: neither
   * the voter, nor the observer, whose log the others have purged.
   */
  @Test
  void aVoterAndAnObserverWithEmptyDisksCatchUpOnAnIdleCluster() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder()
                .option("raft.votersMax", "3")
                .option("raft.snapshotThreshold", "200")
                .option("raft.snapshotInterval", "1s")
                .option("raft.logSegmentBytes", "64KiB")
                .option("raft.logTailEntries", "50")
                .start();
        Rest rest = new Rest();
        NodeCalls calls = new NodeCalls()) {
      LocalNode observer = cluster.join().awaitReady(START);
      LocalNode leader = cluster.awaitLeader(SOON);
      LocalNode voter =
          cluster.nodes().stream()
              .filter(node -> node != leader && node != observer)
              .findFirst()
              .orElseThrow();
      Map<String, String> written;
      try (Writers writers = new Writers(rest, 8, "load", () -> List.of(leader))) {
        Await.until(SOON, () -> "1000 writes", () -> writers.count() >= 1_000);
        written = writers.finish();
      }
      calls.awaitAllCopies(cluster, SOON);
      for (LocalNode emptied : List.of(voter, observer)) {
        emptied.kill();
        PathUtils.delete(emptied.data());
      }
      long before = revision(rest, leader);

      voter.start();
      observer.start();
      cluster.awaitReady(START);

      for (LocalNode emptied : List.of(voter, observer)) {
        Await.until(
            SOON,
            () -> "no lag of " + emptied + "\n" + cluster.logTails(),
            () -> node(rest, leader, emptied.id()).path("lag").asLong(-1) == 0);
        assertThat(calls.metric(emptied, "holdfast_raft_snapshot_installed_total"))
            .as("snapshots that %s installed", emptied.id())
            .isPositive();
      }
      Await.until(
          SOON,
          () -> voter + " votes again\n" + cluster.logTails(),
          () -> roles(rest, leader, "observer").equals(List.of(observer.id())));
      calls.awaitAllCopies(cluster, SOON);
      // Rows, leases and free space of nodes that came are all that was agreed on meanwhile.
      assertThat(revision(rest, leader) - before).isLessThan(200);
      // It counts: nothing goes without it, and each has what belongs to it.
      cluster.nodes().stream()
          .filter(node -> node != leader && node != voter && node != observer)
          .forEach(LocalNode::kill);
      for (Map.Entry<String, String> one : written.entrySet()) {
        for (LocalNode emptied : List.of(voter, observer)) {
          HttpResponse<String> answer =
              rest.send(emptied, "GET", "/v1/objects/" + one.getKey(), "");
          assertThat(answer.body()).as("%s at %s", one.getKey(), emptied).isEqualTo(one.getValue());
        }
      }
      put(rest, voter, "probe");
    }
  }

  private static long revision(Rest rest, LocalNode node) throws Exception {
    return rest.json(node, "/v1/locks/nobody").path("revision").asLong(-1);
  }

  /** {@code testkit/long/restarts} does it a thousand times. */
  @Timeout(value = 18_000, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @Test
  void oneNodeIsRestartedAgainAndAgainWhileOthersWrite() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder().option("raft.snapshotInterval", "2s").start();
        Rest rest = new Rest()) {
      LocalNode restarted = cluster.node(2);
      List<LocalNode> others = List.of(cluster.node(0), cluster.node(1));
      try (Writers writers = new Writers(rest, 2, "load", () -> others)) {
        for (int round = 1; round <= RESTARTS; round++) {
          if (round % 2 == 0) {
            restarted.stop();
          } else {
            restarted.kill();
          }
          restarted.start().awaitReady(START);
          put(rest, restarted, "round/" + round);
          if (round % 50 == 0) {
            System.out.println(round + " restarts");
          }
        }
        writers.finish();
      }
      // All of them at once, and nothing else: a restart of the whole cluster is a normal case.
      cluster.nodes().forEach(LocalNode::kill);
      cluster.nodes().forEach(LocalNode::start);
      cluster.awaitReady(START);
      for (int round = 1; round <= RESTARTS; round++) {
        assertReads(rest, cluster.node(0), "round/" + round);
      }
    }
  }

  @Test
  void withoutAMajorityForLongRequestsAreRefusedAtOnce() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder().option("raft.noMajorityAfter", "3s").start();
        Rest rest = new Rest()) {
      LocalNode left = cluster.node(0);
      cluster.node(1).kill();
      cluster.node(2).kill();

      // Before, each request waited out its deadline, which is above twenty seconds.
      Await.until(
          SOON,
          () -> "a refusal that waited for nothing",
          () -> {
            long asked = System.nanoTime();
            boolean refusal = Await.get(() -> read(rest, left)).body().contains("NO_MAJORITY");
            return refusal && System.nanoTime() - asked < Duration.ofSeconds(5).toNanos();
          });
      HttpResponse<String> refused = read(rest, left);
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("NO_MAJORITY");
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");

      cluster.node(1).start();
      left.awaitReady(START);
      put(rest, left, "again");
    }
  }

  private static HttpResponse<String> read(Rest rest, LocalNode node)
      throws IOException, InterruptedException {
    return rest.send(node, "GET", "/v1/objects/probe?read=confirmed_only", "");
  }

  private static void put(Rest rest, LocalNode node, String key) {
    List<String> answers = new ArrayList<>();
    Await.until(
        SOON,
        () -> "a write of " + key + " at " + node + ": " + answers.getLast(),
        () -> {
          HttpResponse<String> answer =
              Await.get(() ->
                  rest.send(
                      node,
                      "PUT",
                      "/v1/objects/" + key + "?consistency=confirmed",
                      "content of " + key));
          answers.add(answer.statusCode() + " " + answer.body());
          return answer.statusCode() / 100 == 2;
        });
  }

  private static void assertReads(Rest rest, LocalNode node, String key) throws Exception {
    HttpResponse<String> answer = rest.send(node, "GET", "/v1/objects/" + key, "");
    assertThat(answer.body()).as(key + " at " + node).isEqualTo("content of " + key);
  }

  private static List<String> roles(Rest rest, LocalNode asked, String role) {
    JsonNode status = Await.get(() -> rest.json(asked, "/v1/cluster"));
    return status
        .path("nodes")
        .valueStream()
        .filter(one -> one.path("role").stringValue().equals(role))
        .map(one -> one.path("id").stringValue())
        .sorted()
        .toList();
  }

  private static JsonNode node(Rest rest, LocalNode asked, String id) {
    return Await.get(() -> rest.json(asked, "/v1/cluster"))
        .path("nodes")
        .valueStream()
        .filter(one -> one.path("id").stringValue().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
