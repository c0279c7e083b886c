// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A node is lost for good, and the others make its copies again. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RepairIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int KEYS = 60;

  @Test
  void copiesAreFullAgainAfterTheLossOfANodeAndReadsNeverFail() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder().nodes(4).option("repair.deadAfter", "2s").start();
        NodeCalls calls = new NodeCalls();
        Rest rest = new Rest()) {
      Map<String, byte[]> objects = write(calls, cluster.node("n1"));
      calls.awaitAllCopies(cluster, SOON);
      LocalNode asked = cluster.node("n1");
      List<LocalNode> survivors =
          cluster.nodes().stream().filter(node -> !node.id().equals("n4")).toList();

      AtomicBoolean isOver = new AtomicBoolean();
      AtomicReference<String> wrong = new AtomicReference<>("");
      Thread reader =
          Thread.ofVirtual().start(() -> read(calls, survivors, objects, isOver, wrong));
      cluster.node("n4").kill();

      Await.until(
          SOON,
          () -> "all objects have their copies: " + audit(rest, asked) + cluster.logTails(),
          () -> hasCopied(calls, survivors) && isFull(audit(rest, asked)));
      isOver.set(true);
      reader.join();
      assertThat(wrong.get()).isEmpty();

      Cli cli = new Cli(cluster);
      Cli.Result audited = cli.run("cluster", "audit", "--server", asked.apiUri().getAuthority());
      assertThat(audited.exitCode()).as(audited.output()).isZero();
      Cli.Result repaired =
          cli.run("cluster", "repair", "--json", "--server", asked.apiUri().getAuthority());
      assertThat(repaired.exitCode()).as(repaired.output()).isZero();
      assertThat(repaired.output()).contains("\"underReplicated\" : 0", "\"failed\" : 0");

      String server = asked.apiUri().getAuthority();
      Cli.Result explained = cli.run("cluster", "explain", "k/1", "--server", server);
      assertThat(explained.exitCode()).as(explained.output()).isZero();
      assertThat(explained.output()).contains("n4    dead   -", "It is down", "whole");
      Cli.Result simulated = cli.run("cluster", "simulate", "remove", "n4", "--server", server);
      assertThat(simulated.output()).contains("If n4 is removed: 0 of 60 objects move");
      Cli.Result addition =
          cli.run("cluster", "simulate", "add", "n9", "--labels", "rack=z", "--server", server);
      assertThat(addition.output()).contains("If n9 is added: 60 of 60 objects move");

      // What each survivor says it has, once only it is left to be asked.
      for (LocalNode survivor : survivors) {
        assertAllRead(calls, survivor, objects);
      }
    }
  }

  private static Map<String, byte[]> write(NodeCalls calls, LocalNode node) throws IOException {
    Map<String, byte[]> objects = new TreeMap<>();
    for (int i = 0; i < KEYS; i++) {
      // Some within their record, some in segments, some in files of their own.
      byte[] bytes =
          ("object " + i + " ")
              .repeat(i % 3 == 0 ? 10 : 3_000 * (i % 3) * 3)
              .getBytes(StandardCharsets.UTF_8);
      assertThat(calls.put(node, "k/" + i, bytes).status()).isEqualTo(201);
      objects.put("k/" + i, bytes);
    }
    return objects;
  }

  private static void read(
      NodeCalls calls,
      List<LocalNode> nodes,
      Map<String, byte[]> objects,
      AtomicBoolean isOver,
      AtomicReference<String> wrong) {
    for (int i = 0; !isOver.get() && wrong.get().isEmpty(); i++) {
      String key = "k/" + i % KEYS;
      try {
        NodeCalls.Answer answer = calls.get(nodes.get(i % nodes.size()), key);
        // While a leader is elected nothing can be read linearizably, and the answer says so.
        boolean isElection = answer.status() == 503;
        if (!isElection
            && (answer.status() != 200 || !Arrays.equals(answer.body(), objects.get(key)))) {
          wrong.set(key + " answered " + answer.status() + ": " + answer.text());
        }
      } catch (IOException e) {
        wrong.set(key + ": " + e);
      }
    }
  }

  private static void assertAllRead(NodeCalls calls, LocalNode node, Map<String, byte[]> objects)
      throws IOException {
    for (Map.Entry<String, byte[]> object : objects.entrySet()) {
      assertThat(calls.get(node, object.getKey()).body()).isEqualTo(object.getValue());
    }
  }

  private static JsonNode audit(Rest rest, LocalNode node) {
    return Await.get(() -> rest.json(node, "/v1/cluster/audit"));
  }

  /** Otherwise an audit of the time before the loss says that all is well. */
  private static boolean hasCopied(NodeCalls calls, List<LocalNode> nodes) {
    return nodes.stream()
        .anyMatch(node -> Await.get(() -> calls.metric(node, "holdfast_repair_bytes_total")) > 0);
  }

  /** All keys were audited, without a fault. */
  private static boolean isFull(JsonNode audit) {
    return audit.path("keys").asLong() == KEYS
        && audit.path("underReplicated").asLong() == 0
        && audit.path("misplaced").asLong() == 0
        && !audit.path("running").asBoolean();
  }
}
