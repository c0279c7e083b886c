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
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Only the folder {@code coordinator} is gone: by mistake on one node, on purpose on all. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CoordinatorFolderIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration START = Duration.ofMinutes(2);

  @TempDir Path temp;

  /**
   * R2: n1 and n2 agreed; n2 loses what it agreed on and n1 is down. n3, which knows nothing, must
   * not lead.
   */
  @Test
  void aFounderThatLostItHelpsNobodyToAMajority() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      cluster.node("n3").kill();
      Map<String, String> written = write(rest, cluster.node("n1"), 10);
      cluster.node("n1").kill();
      LocalNode emptied = cluster.node("n2");
      emptied.kill();
      String before = incarnation(emptied);
      PathUtils.delete(emptied.data().resolve("coordinator"));

      cluster.node("n3").start();
      emptied.start();

      Await.until(
          SOON,
          () -> "n2 asks n3 in vain\n" + cluster.logTails(),
          () -> log(emptied).contains("does not admit n2: There is no leader yet"));
      assertThat(log(emptied)).contains("n2 comes back as a new node");
      HttpResponse<String> read = rest.send(cluster.node("n3"), "GET", "/v1/objects/k/0", "");
      assertThat(read.statusCode()).as(read.body()).isEqualTo(503);
      assertThat(cluster.leader()).isEmpty();

      cluster.node("n1").start();
      cluster.awaitReady(START);
      assertThat(incarnation(emptied)).isNotEqualTo(before);
      for (LocalNode node : cluster.nodes()) {
        assertAllRead(rest, node, written);
      }
      // Its vote is its own again: with n1 gone nothing goes without it.
      cluster.node("n1").kill();
      Await.until(
          SOON,
          () -> "n2 and n3 agree\n" + cluster.logTails(),
          () ->
              Await.get(() -> rest.send(emptied, "PUT", "/v1/objects/probe", "p")).statusCode()
                      / 100
                  == 2);
      assertAllRead(rest, emptied, written);
    }
  }

  /** As docs/concepts/coordinators.md tells it; here from Raft to a Raft that begins anew. */
  @Test
  void theStateMovesByAFileWhenAllAreEmptiedOnPurpose() throws Exception {
    try (LocalCluster cluster = LocalCluster.builder().start();
        Rest rest = new Rest()) {
      LocalNode joined = cluster.join().awaitReady(START);
      Map<String, String> written = write(rest, cluster.node("n1"), 10);
      Cli cli = new Cli(cluster);
      String file = temp.resolve("state.jsonl").toString();
      done(cli.run("cluster", "export", file, "--server", api(cluster.node("n1"))));
      for (LocalNode node : cluster.nodes()) {
        node.kill();
        Path coordinator = node.data().resolve("coordinator");
        Files.move(coordinator, temp.resolve(node.id() + "-before"));
      }

      cluster.nodes().forEach(LocalNode::start);
      cluster.awaitReady(START);
      done(cli.run("cluster", "import", file, "--server", api(joined)));

      for (LocalNode node : cluster.nodes()) {
        assertAllRead(rest, node, written);
      }
      // What went before cannot come back: the former folder is another one's.
      LocalNode wrong = cluster.node("n2");
      wrong.kill();
      PathUtils.delete(wrong.data().resolve("coordinator"));
      Files.move(temp.resolve("n2-before"), wrong.data().resolve("coordinator"));
      wrong.start();
      Await.until(SOON, wrong + " refuses to start", () -> !wrong.isAlive());
      assertThat(log(wrong)).contains("Move the whole folder away");
      assertAllRead(rest, joined, written);
    }
  }

  private static void done(Cli.Result result) {
    assertThat(result.exitCode()).as(result.output()).isZero();
  }

  private static String api(LocalNode node) {
    return node.apiUri().toString();
  }

  private static String incarnation(LocalNode node) throws IOException {
    return Rest.JSON
        .readTree(Files.readString(node.data().resolve("node.json")))
        .path("incarnation")
        .stringValue();
  }

  private static String log(LocalNode node) {
    return Await.get(() -> Files.readString(node.log()));
  }

  private static Map<String, String> write(Rest rest, LocalNode node, int count) throws Exception {
    Map<String, String> written = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String key = "k/" + i;
      String body = ("object " + i + "\n").repeat(600);
      // Refused while the leader is chosen anew, and repeated: the same bytes are one version.
      Await.until(
          SOON,
          () -> "a write of " + key,
          () ->
              Await.get(() -> rest.send(node, "PUT", "/v1/objects/" + key, body)).statusCode() / 100
                  == 2);
      written.put(key, body);
    }
    return written;
  }

  private static void assertAllRead(Rest rest, LocalNode node, Map<String, String> objects)
      throws Exception {
    for (Map.Entry<String, String> object : objects.entrySet()) {
      HttpResponse<String> answer = rest.send(node, "GET", "/v1/objects/" + object.getKey(), "");
      assertThat(answer.body()).as("%s at %s", object.getKey(), node).isEqualTo(object.getValue());
    }
  }
}
