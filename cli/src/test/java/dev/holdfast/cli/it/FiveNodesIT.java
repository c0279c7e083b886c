// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/**
 * Five nodes bear the loss of any two; without three they refuse in time, and lose nothing. Every
 * request here has the deadline {@link NodeCalls#ANSWER}: one that is not answered fails the test.
 */
@HoldfastCluster(nodes = 5)
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class FiveNodesIT {
  private static final int OBJECTS = 60;

  /** More than a record holds inline, so that reading needs a holder. */
  private static final int REPEATS = 3_000;

  private static final Duration FAIL_OVER = Duration.ofSeconds(60);
  private static final Duration RESTART = Duration.ofMinutes(2);

  private final LocalCluster cluster;

  /** What was acknowledged, by key. */
  private final Map<String, byte[]> acknowledged = new TreeMap<>();

  FiveNodesIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void goesOnWithAnyTwoKilledAndRefusesInTimeWithThreeKilled() throws Exception {
    try (NodeCalls calls = new NodeCalls()) {
      for (int i = 0; i < OBJECTS; i++) {
        put(calls, cluster.node(i % 5), "five/" + i, "first");
      }
      calls.awaitAllCopies(cluster, RESTART);

      LocalNode leader = cluster.awaitLeader(FAIL_OVER);
      loseAndGetBack(calls, List.of(leader, beside(leader)), "with the leader");
      loseAndGetBack(calls, List.of(cluster.node(0), cluster.node(4)), "outer");
      loseAndGetBack(calls, List.of(cluster.node(1), cluster.node(2)), "inner");

      List<LocalNode> three = List.of(cluster.node(1), cluster.node(2), cluster.node(3));
      three.forEach(LocalNode::kill);
      List<String> refused = new ArrayList<>();
      // At once, since each may take its whole deadline.
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var one = threads.submit(() -> awaitNoMajority(calls, cluster.node(0)));
        var other = threads.submit(() -> awaitNoMajority(calls, cluster.node(4)));
        refused.add(one.get());
        refused.add(other.get());
      }
      refusesAllElseInTime(calls, cluster.node(0));
      three.forEach(LocalNode::start);
      cluster.awaitReady(RESTART);
      for (LocalNode node : cluster.nodes()) {
        readAll(calls, node);
        for (String key : refused) {
          // "Nothing was changed" was the promise.
          assertThat(calls.get(node, key).status()).as(key).isEqualTo(404);
        }
      }
    }
  }

  @Test
  void anObjectWhoseWrittenCopiesAreGoneNamesItsHoldersUntilOneIsBack() throws Exception {
    LocalNode slow = cluster.node("n3");
    List<LocalNode> lost = List.of(cluster.node("n4"), cluster.node("n5"));
    List<LocalNode> left = List.of(cluster.node("n1"), cluster.node("n2"), slow);
    try (NodeCalls calls = new NodeCalls()) {
      for (int i = 0; i < OBJECTS; i++) {
        put(calls, cluster.node(i % 5), "some/" + i, "first");
      }
      calls.awaitAllCopies(cluster, RESTART);

      // A key keeps its holders, so n3 misses the second versions, and cannot fetch them later.
      slow.kill();
      awaitWrite(calls, cluster.node("n1"));
      for (int i = 0; i < OBJECTS; i++) {
        put(calls, cluster.node("n1"), "some/" + i, "second");
      }
      lost.forEach(LocalNode::kill);
      slow.start().awaitReady(RESTART);
      awaitWrite(calls, cluster.node("n1"));

      List<String> unreachable = new ArrayList<>();
      for (LocalNode node : left) {
        unreachable = readableAndNot(calls, node);
      }
      assertThat(unreachable).as("keys that only the three had").isNotEmpty();
      lost.getFirst().start().awaitReady(RESTART);
      for (LocalNode node : left) {
        readAll(calls, node);
      }
      lost.getLast().start();
      cluster.awaitReady(RESTART);
      calls.awaitAllCopies(cluster, RESTART);
    }
  }

  /** Every key is either read in its last version, or says that these three have it. */
  private List<String> readableAndNot(NodeCalls calls, LocalNode node) throws IOException {
    List<String> unreachable = new ArrayList<>();
    for (int i = 0; i < OBJECTS; i++) {
      String key = "some/" + i;
      NodeCalls.Answer answer = calls.get(node, key);
      if (answer.status() == 200) {
        assertThat(answer.body()).as(key).isEqualTo(acknowledged.get(key));
      } else {
        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        JsonNode problem = Rest.JSON.readTree(answer.text());
        assertThat(problem.path("code").stringValue()).isEqualTo("COPIES_UNREACHABLE");
        assertThat(problem.path("holders").valueStream().map(JsonNode::stringValue))
            .containsExactlyInAnyOrder("n3", "n4", "n5");
        unreachable.add(key);
      }
    }
    return unreachable;
  }

  private LocalNode beside(LocalNode leader) {
    return cluster.nodes().stream().filter(node -> node != leader).findFirst().orElseThrow();
  }

  private void loseAndGetBack(NodeCalls calls, List<LocalNode> lost, String story)
      throws Exception {
    lost.forEach(LocalNode::kill);
    List<LocalNode> left = cluster.nodes().stream().filter(node -> !lost.contains(node)).toList();
    for (LocalNode node : left) {
      awaitWrite(calls, node);
    }
    for (LocalNode node : left) {
      put(calls, node, "while/" + story + "/" + node.id(), story);
    }
    takeALock(left, story.replace(' ', '-'));
    // Three copies, two dead nodes: one copy of each can be reached.
    for (LocalNode node : left) {
      readAll(calls, node);
    }
    lost.forEach(LocalNode::start);
    cluster.awaitReady(RESTART);
    for (LocalNode node : lost) {
      readAll(calls, node);
    }
    calls.awaitAllCopies(cluster, RESTART);
  }

  private static void takeALock(List<LocalNode> nodes, String name) throws InterruptedException {
    String servers =
        nodes.stream().map(node -> node.apiUri().toString()).collect(Collectors.joining(","));
    try (Holdfast holdfast = Holdfast.connect(servers)) {
      Optional<Hold> hold = holdfast.locks().lock("five-" + name).tryAcquire(FAIL_OVER);
      assertThat(hold).as("a lock with two nodes killed").isPresent();
      hold.orElseThrow().release();
    }
  }

  /** Fail-over takes a moment; each answer on the way comes in time, and is no success. */
  private static void awaitWrite(NodeCalls calls, LocalNode node) {
    Await.until(
        FAIL_OVER,
        () -> "a write at " + node,
        () -> Await.get(() -> calls.put(node, "probe", content("probe", "p"))).status() < 300);
  }

  /** The key of the write that was refused so: nothing of it may be there later. */
  private static String awaitNoMajority(NodeCalls calls, LocalNode node) {
    List<String> tried = new ArrayList<>();
    Await.until(
        FAIL_OVER,
        () -> node + " says that it has no majority",
        () -> {
          String key = "refused/" + node.id() + "/" + tried.size();
          tried.add(key);
          NodeCalls.Answer answer = Await.get(() -> calls.put(node, key, content(key, "refused")));
          assertThat(answer.status()).as(answer.text()).isEqualTo(503);
          return answer.text().contains("\"NO_MAJORITY\"");
        });
    return tried.getLast();
  }

  /** At once, since each may take its whole deadline. */
  private static void refusesAllElseInTime(NodeCalls calls, LocalNode node) throws Exception {
    try (LockCalls locks = new LockCalls();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var put = threads.submit(() -> calls.put(node, "five/0", content("x", "x")));
      var delete = threads.submit(() -> calls.delete(node, "five/1"));
      var get = threads.submit(() -> calls.get(node, "five/2"));
      var session =
          threads.submit(
              () -> locks.call(node.apiUri(), "POST", "/v1/sessions", "{\"ttl\":\"10s\"}"));
      assertThat(put.get().text()).contains("\"NO_MAJORITY\"");
      assertThat(delete.get().text()).contains("\"NO_MAJORITY\"");
      assertThat(get.get().text()).contains("\"NO_MAJORITY\"");
      assertThat(session.get().body()).contains("\"NO_MAJORITY\"");
    }
  }

  private void put(NodeCalls calls, LocalNode node, String key, String version) throws IOException {
    byte[] content = content(key, version);
    NodeCalls.Answer answer = calls.put(node, key.replace(' ', '-'), content);
    assertThat(answer.status()).as("PUT %s at %s: %s", key, node, answer.text()).isIn(200, 201);
    acknowledged.put(key.replace(' ', '-'), content);
  }

  private void readAll(NodeCalls calls, LocalNode node) throws IOException {
    for (Map.Entry<String, byte[]> object : acknowledged.entrySet()) {
      String key = object.getKey();
      NodeCalls.Answer answer = calls.get(node, key);
      assertThat(answer.status()).as("GET %s at %s: %s", key, node, answer.text()).isEqualTo(200);
      assertThat(answer.body()).as(key).isEqualTo(object.getValue());
    }
  }

  private static byte[] content(String key, String version) {
    return (version + " content of " + key + "\n").repeat(REPEATS).getBytes(StandardCharsets.UTF_8);
  }
}
