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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Nodes come, go, die, move and are replaced, while others write. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MembershipIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration START = Duration.ofMinutes(2);

  /** What an operator's script waits for one answer; the node promises less. */
  private static final Duration ANSWER = Duration.ofMinutes(2);

  /** Exit code of a node that was taken out of its cluster. */
  private static final int REMOVED = 71;

  private static final int NOT_STARTED = 5;

  @Test
  void aNodeJoinsAndAnotherLeavesUnderLoad() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      LocalNode leaving = cluster.node("n3");
      LocalNode fourth;
      try (Writers writers = new Writers(rest, 4, "load", () -> running(cluster))) {
        awaitWrites(writers, 50);

        fourth = cluster.join().awaitReady(START);
        assertThat(nodeIds(rest, cluster.node("n1"))).containsExactly("n1", "n2", "n3", "n4");
        awaitWrites(writers, writers.count() + 50);

        remove(rest, cluster.node("n1"), "n3");
        awaitWrites(writers, writers.count() + 50);

        assertEndsAsRemoved(cluster, leaving);
        assertThat(nodeIds(rest, fourth)).containsExactly("n1", "n2", "n4");
        Map<String, String> acknowledged = writers.finish();
        for (LocalNode node : running(cluster)) {
          assertAllRead(rest, node, acknowledged);
        }
      }

      assertRefusesToStart(leaving);
      HttpResponse<String> unknown =
          rest.send(cluster.node("n1"), "DELETE", "/v1/cluster/nodes/n3", "");
      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(unknown.body()).contains("NODE_NOT_FOUND");

      // With an empty folder the same command line adds a new node.
      delete(leaving.data());
      leaving.start().awaitReady(START);
      assertThat(nodeIds(rest, fourth)).containsExactly("n1", "n2", "n3", "n4");
      assertThat(write(rest, leaving, 3)).hasSize(3);
    }
  }

  @Test
  void aDeadNodeIsRemovedAndLearnsItWhenItComesBack() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().nodes(4).start();
        Rest rest = new Rest()) {
      Map<String, String> written = write(rest, cluster.node("n1"), 20);
      LocalNode dead = cluster.node("n4");
      dead.kill();

      remove(rest, cluster.node("n1"), "n4");

      assertThat(nodeIds(rest, cluster.node("n2"))).containsExactly("n1", "n2", "n3");
      assertAllRead(rest, cluster.node("n2"), written);
      dead.start();
      assertEndsAsRemoved(cluster, dead);
      assertRefusesToStart(dead);
      assertThat(nodeIds(rest, cluster.node("n2"))).containsExactly("n1", "n2", "n3");
      // A node that was stopped when it was removed must not have cost the others their leader.
      assertThat(write(rest, cluster.node("n2"), 5)).hasSize(5);
    }
  }

  @Test
  void theLeaderCanBeAskedToRemoveItself() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      LocalNode leader = cluster.awaitLeader(SOON);
      List<LocalNode> others = cluster.nodes().stream().filter(node -> node != leader).toList();
      try (Writers writers = new Writers(rest, 2, "load", () -> others)) {
        awaitWrites(writers, 20);

        remove(rest, leader, leader.id());

        assertEndsAsRemoved(cluster, leader);
        awaitWrites(writers, writers.count() + 20);
        Map<String, String> acknowledged = writers.finish();
        for (LocalNode other : others) {
          assertAllRead(rest, other, acknowledged);
        }
      }
      assertThat(nodeIds(rest, others.getFirst()))
          .containsExactlyElementsOf(others.stream().map(LocalNode::id).toList());
    }
  }

  @Test
  void theLastNodeStays() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().nodes(1).start();
        Rest rest = new Rest()) {
      HttpResponse<String> refused =
          rest.send(cluster.node("n1"), "DELETE", "/v1/cluster/nodes/n1", "");

      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(refused.body()).contains("LAST_NODE").contains("\"next\"");
      assertThat(write(rest, cluster.node("n1"), 1)).hasSize(1);
    }
  }

  @Test
  void aRemovalThatWouldLeaveNoMajorityIsRefusedAndHarmsNothing() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      LocalNode asked = cluster.node("n1");
      cluster.node("n3").kill();
      Await.until(SOON, "n3 is seen as down", () -> health(rest, asked, "n3").equals("offline"));

      HttpResponse<String> refused = rest.send(asked, "DELETE", "/v1/cluster/nodes/n2", "");

      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
      assertThat(refused.body()).contains("NO_MAJORITY_LEFT").contains("\"down\":[\"n3\"]");
      Map<String, String> written = write(rest, asked, 5);
      // The dead one may go, and then the same request is fine.
      remove(rest, asked, "n3");
      remove(rest, asked, "n2");
      assertThat(nodeIds(rest, asked)).containsExactly("n1");
      assertAllRead(rest, asked, written);
      assertThat(write(rest, asked, 5)).hasSize(5);
    }
  }

  @Test
  void aRemovalThatBrokeOffIsFinishedByAskingAnotherNode() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().nodes(4).start();
        Rest rest = new Rest()) {
      Map<String, String> written = write(rest, cluster.node("n2"), 150);
      LocalNode leaving = cluster.node("n4");
      LocalNode executing = cluster.node("n1");
      CompletableFuture<Object> first =
          CompletableFuture.supplyAsync(() -> answerOrNothing(rest, executing, "n4"));
      Await.until(
          SOON,
          "the copies of n4 are on their way",
          () -> state(rest, cluster.node("n2"), "n4").equals("draining"));
      executing.kill();
      first.join();
      assertThat(leaving.isAlive()).as("it broke off before the end").isTrue();

      // Three others are needed for the third copies of what n4 has.
      executing.start().awaitReady(START);
      remove(rest, cluster.node("n2"), "n4");

      assertEndsAsRemoved(cluster, leaving);
      assertThat(nodeIds(rest, executing)).containsExactly("n1", "n2", "n3");
      assertAllRead(rest, executing, written);
    }
  }

  @Test
  void anIdThatIsInUseWithOtherDataIsRefusedWithAReason() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      Map<String, String> written = write(rest, cluster.node("n1"), 5);

      LocalNode second = cluster.joinAs("n3");

      String reason = "A node n3 with other data is alive. Stop it, or choose another --id";
      Await.until(SOON, "the refusal\n" + cluster.logTails(), () -> log(second).contains(reason));
      Await.until(
          SOON,
          "the reason in its readiness",
          () ->
              Await.get(() -> rest.send(second, "GET", "/health/ready", ""))
                  .body()
                  .contains(reason));
      assertThat(second.isReady()).isFalse();
      assertThat(nodeIds(rest, cluster.node("n1"))).containsExactly("n1", "n2", "n3");
      second.kill();
      // The rightful one goes on: with one of the others gone, its vote and its copies count.
      cluster.node("n2").kill();
      awaitWrite(rest, cluster.node("n3"));
      assertAllRead(rest, cluster.node("n3"), written);
    }
  }

  @Test
  void anEmptiedNodeComesBackAndHoldsCopiesAgain() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      Map<String, String> written = write(rest, cluster.node("n1"), 20);
      LocalNode emptied = cluster.node("n3");
      String before = Files.readString(emptied.data().resolve("node.json"));
      emptied.kill();
      delete(emptied.data());

      emptied.start().awaitReady(START);

      assertThat(Files.readString(emptied.data().resolve("node.json"))).isNotEqualTo(before);
      Await.until(
          SOON,
          () -> "n3 votes again\n" + cluster.logTails(),
          () -> !role(rest, cluster.node("n1"), "n3").equals("observer"));
      awaitCopies(emptied, written.size());
      // With one of the others gone, nothing goes without its vote.
      cluster.node("n2").kill();
      awaitWrite(rest, emptied);
      assertAllRead(rest, emptied, written);
    }
  }

  /**
   * R2: n1 and n2 agreed; n2 loses its disk and n1 is down. n3, which knows nothing, must not lead.
   */
  @Test
  void anEmptiedNodeHelpsNobodyToAMajority() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      cluster.node("n3").kill();
      Map<String, String> written = write(rest, cluster.node("n1"), 10);
      cluster.node("n1").kill();
      cluster.node("n2").kill();
      delete(cluster.node("n2").data());

      cluster.node("n3").start();
      LocalNode emptied = cluster.node("n2").start();

      Await.until(
          SOON,
          () -> "n2 asks n3 in vain\n" + cluster.logTails(),
          () -> log(emptied).contains("does not admit n2: There is no leader yet"));
      HttpResponse<String> read = rest.send(cluster.node("n3"), "GET", "/v1/objects/k/0", "");
      assertThat(read.statusCode()).as(read.body()).isEqualTo(503);
      assertThat(read.body()).contains("NO_MAJORITY");
      assertThat(cluster.leader()).isEmpty();

      cluster.node("n1").start();
      cluster.awaitReady(START);
      for (LocalNode node : cluster.nodes()) {
        assertAllRead(rest, node, written);
      }
    }
  }

  @Test
  void aNodeThatMovedToOtherPortsIsTakenOverWithItsData() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      Map<String, String> written = write(rest, cluster.node("n1"), 20);
      LocalNode moving = cluster.awaitLeader(SOON);
      List<LocalNode> others = cluster.nodes().stream().filter(node -> node != moving).toList();
      String before = Files.readString(moving.data().resolve("node.json"));
      String[] moved = {
        "--set", "node.peer=127.0.0.1:" + (moving.apiUri().getPort() + 5),
        "--set", "node.raft=127.0.0.1:" + (moving.apiUri().getPort() + 6)
      };
      moving.kill();

      moving.start(moved).awaitReady(START);

      assertThat(incarnation(Files.readString(moving.data().resolve("node.json"))))
          .isEqualTo(incarnation(before));
      // Nothing is agreed on without its vote, and the others find its copies.
      others.getFirst().kill();
      awaitWrite(rest, others.getLast());
      assertAllRead(rest, others.getLast(), written);
      assertAllRead(rest, moving, written);
      others.getFirst().start().awaitReady(START);

      // And back again, to what it was founded with.
      moving.kill();
      moving.start().awaitReady(START);
      others.getLast().kill();
      awaitWrite(rest, moving);
    }
  }

  private static String incarnation(String nodeJson) {
    return Rest.JSON.readTree(nodeJson).path("incarnation").stringValue();
  }

  private static List<LocalNode> running(LocalCluster cluster) {
    return cluster.nodes().stream().filter(LocalNode::isReady).toList();
  }

  /** As a script does it: 202 says that copies are left, and to ask again. */
  private static void remove(Rest rest, LocalNode asked, String id) throws Exception {
    HttpResponse<String> answer;
    do {
      answer = rest.send(asked, "DELETE", "/v1/cluster/nodes/" + id, "", ANSWER);
    } while (answer.statusCode() == 202);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
  }

  private static Object answerOrNothing(Rest rest, LocalNode asked, String id) {
    try {
      return rest.send(asked, "DELETE", "/v1/cluster/nodes/" + id, "", ANSWER);
    } catch (IOException e) {
      return e; // it was killed meanwhile
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertEndsAsRemoved(LocalCluster cluster, LocalNode node) {
    Await.until(
        SOON, () -> "the end of " + node + "\n" + cluster.logTails(), () -> !node.isAlive());
    assertThat(node.exitCode()).as(log(node)).isEqualTo(REMOVED);
    assertThat(log(node)).contains("Node " + node.id() + " was removed from the cluster");
  }

  private static void assertRefusesToStart(LocalNode node) {
    int before = log(node).length();
    node.start();
    Await.until(SOON, node + " refuses to start", () -> !node.isAlive());
    assertThat(node.exitCode()).isEqualTo(NOT_STARTED);
    assertThat(log(node).substring(before))
        .contains(node.id() + " was removed from cluster")
        .contains("empty --data folder");
  }

  private static String log(LocalNode node) {
    return Await.get(() -> Files.readString(node.log()));
  }

  private static void awaitWrite(Rest rest, LocalNode node) {
    Await.until(
        SOON,
        () -> "a write at " + node,
        () ->
            Await.get(() -> rest.send(node, "PUT", "/v1/objects/probe", "p")).statusCode() / 100
                == 2);
  }

  /** The bytes of {@code count} objects lie below the node's own folder. */
  private static void awaitCopies(LocalNode node, int count) {
    long least = count * 20_000L;
    Await.until(
        SOON,
        () -> "copies on " + node.id() + ": " + chunkBytes(node) + " of " + least + " bytes",
        () -> chunkBytes(node) >= least);
  }

  private static long chunkBytes(LocalNode node) {
    try (Stream<Path> files = Files.walk(node.data().resolve("objects"))) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.toString().contains("chunks")) {
          bytes += Files.size(file);
        }
      }
      return bytes;
    } catch (IOException e) {
      return 0; // A file moved while it was looked at; the caller asks again.
    }
  }

  private static Map<String, String> write(Rest rest, LocalNode node, int count)
      throws IOException, InterruptedException {
    Map<String, String> written = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String key = "k/" + i;
      // More than a record holds, so that there are chunks.
      String body = ("object " + i + "\n").repeat(2_500);
      // During an election it is refused, and nothing is changed.
      Await.until(
          SOON,
          () -> key + " is written",
          () -> {
            int status =
                Await.get(() -> rest.send(node, "PUT", "/v1/objects/" + key, body)).statusCode();
            assertThat(status).isIn(200, 201, 503);
            return status != 503;
          });
      written.put(key, body);
    }
    return written;
  }

  private static void assertAllRead(Rest rest, LocalNode node, Map<String, String> objects)
      throws IOException, InterruptedException {
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, String> object : objects.entrySet()) {
      HttpResponse<String> answer = rest.send(node, "GET", "/v1/objects/" + object.getKey(), "");
      if (!answer.body().equals(object.getValue())) {
        wrong.add(object.getKey() + ": " + answer.statusCode() + " " + head(answer.body()));
      }
    }
    assertThat(wrong).as("of %s acknowledged writes at %s", objects.size(), node).isEmpty();
  }

  private static String head(String body) {
    return body.substring(0, Math.min(200, body.length()));
  }

  private static void awaitWrites(Writers writers, int count) {
    Await.until(
        SOON, () -> count + " writes, are " + writers.count(), () -> writers.count() >= count);
  }

  private static List<String> nodeIds(Rest rest, LocalNode node)
      throws IOException, InterruptedException {
    return rest.json(node, "/v1/cluster")
        .path("nodes")
        .valueStream()
        .map(one -> one.path("id").stringValue())
        .sorted()
        .toList();
  }

  private static String role(Rest rest, LocalNode asked, String node) {
    return told(rest, asked, node, "role", "observer");
  }

  private static String state(Rest rest, LocalNode asked, String node) {
    return told(rest, asked, node, "state", "unknown");
  }

  private static String health(Rest rest, LocalNode asked, String node) {
    return told(rest, asked, node, "health", "unknown");
  }

  private static String told(Rest rest, LocalNode asked, String node, String what, String other) {
    JsonNode status = Await.get(() -> rest.json(asked, "/v1/cluster"));
    return status
        .path("nodes")
        .valueStream()
        .filter(one -> one.path("id").stringValue().equals(node))
        .map(one -> one.path(what).stringValue())
        .findFirst()
        .orElse(other);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
