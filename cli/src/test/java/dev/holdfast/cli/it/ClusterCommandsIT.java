// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.ClusterEvent;
import dev.holdfast.client.Holdfast;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What an operator does to a cluster, and what the nodes tell meanwhile. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ClusterCommandsIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Duration START = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void membersAreListedAddedAndLedByWhomTheOperatorWants() throws Exception {
    try (LocalCluster cluster = patient().labels("n2", "zone=b").start();
        Holdfast client = Holdfast.connect(cluster.node("n1").apiUri().toString())) {
      Cli cli = new Cli(cluster);
      String server = cluster.node("n1").apiUri().toString();
      Queue<ClusterEvent> events = new ConcurrentLinkedQueue<>();
      client.events(events::add);
      String leader = cluster.awaitLeader(SOON).id();
      String other = leader.equals("n2") ? "n3" : "n2";

      Cli.Result transfer = cli.run("cluster", "transfer-leader", other, "--server", server);
      assertThat(transfer.exitCode()).as(transfer.output()).isZero();
      JsonNode listed = list(cli, server);
      assertThat(row(listed, other).path("role").stringValue())
          .as(listed.toPrettyString())
          .isEqualTo("leader");
      assertThat(row(listed, "n2").path("labels").path("zone").stringValue()).isEqualTo("b");
      assertThat(row(listed, "n1").path("lag").asLong(-1)).isGreaterThanOrEqualTo(0);
      assertThat(row(listed, "n1").path("peer").stringValue()).startsWith("127.0.0.1:");
      Cli.Result nobody = cli.run("cluster", "transfer-leader", "n9", "--server", server);
      assertThat(nobody.exitCode()).as(nobody.output()).isEqualTo(3);

      CompletableFuture<Cli.Result> adding =
          CompletableFuture.supplyAsync(() ->
              Await.get(() ->
                  cli.run(
                      "cluster", "add", "--node", "n4", "--data", "/srv/a b", "--server", server)));
      LocalNode fourth = cluster.join().awaitReady(START);
      Cli.Result added = adding.get();
      assertThat(added.exitCode()).as(added.output()).isZero();
      assertThat(added.output())
          .contains("holdfast node --id n4 --data '/srv/a b'")
          .contains(row(listed, "n1").path("peer").stringValue())
          .contains("n4 is a member");
      Cli.Result again =
          cli.run("cluster", "add", "--node", "n4", "--data", "x", "--no-wait", "--server", server);
      assertThat(again.exitCode()).as(again.output()).isEqualTo(4);

      await(events, "leader_elected", "leader", other);
      await(events, "node_joined", "peer", "n4");
      await(events, "peer_connected", "peer", "n4");
      fourth.pause();
      await(events, "peer_disconnected", "peer", "n4");
      await(events, "node_unhealthy", "peer", "n4");
      await(events, "reconnect_failed", "peer", "n4");
      fourth.resume();
      await(events, "node_health_changed", "after", "healthy");
      Cli.Result removed = cli.run("cluster", "remove", "n4", "--server", server);
      assertThat(removed.exitCode()).as(removed.output()).isZero();
      await(events, "node_left", "peer", "n4");
    }
  }

  @Test
  void aListenerGoesOnAtAnotherNodeWhenItsNodeDies() throws Exception {
    try (LocalCluster cluster =
            LocalCluster.builder().option("raft.snapshotInterval", "1s").start();
        Rest rest = new Rest();
        Holdfast client =
            Holdfast.connect(
                cluster.apiUris().stream()
                    .map(Object::toString)
                    .collect(Collectors.joining(",")))) {
      Queue<ClusterEvent> events = new ConcurrentLinkedQueue<>();
      client.events(events::add, "snapshot_created", "leader_elected", "gap");
      Await.until(
          SOON,
          () -> "a snapshot",
          () -> {
            Await.get(() -> rest.send(cluster.node(1), "PUT", "/v1/objects/a", "x"));
            return events.stream().anyMatch(event -> event.type().equals("snapshot_created"));
          });
      String heard =
          events.stream().filter(event -> !event.node().isEmpty()).findFirst().get().node();
      cluster.node(heard).kill();
      LocalNode living =
          cluster.nodes().stream().filter(node -> !node.id().equals(heard)).findFirst().get();

      Await.until(
          SOON,
          () -> "news of another node, after a gap: " + events,
          () -> {
            Await.get(() -> rest.send(living, "PUT", "/v1/objects/a", "x" + System.nanoTime()));
            return events.stream().anyMatch(event -> event.type().equals("gap"))
                && events.stream()
                    .anyMatch(event -> !event.node().isEmpty() && !event.node().equals(heard));
          });
    }
  }

  @Test
  void aRemovalIsCalledOffWhileCopiesAreMoved() throws Exception {
    try (LocalCluster cluster = patient().nodes(4).start();
        Rest rest = new Rest()) {
      Cli cli = new Cli(cluster);
      LocalNode asked = cluster.node("n1");
      String server = asked.apiUri().toString();
      // With n3 down the copies of n4 find no third place: it stays in the drain.
      for (int i = 0; i < 40; i++) {
        String path = "/v1/objects/k/" + i;
        Await.until(
            SOON,
            () -> "a write of " + path,
            () ->
                Await.get(() -> rest.send(asked, "PUT", path, "x".repeat(5000))).statusCode()
                    < 300);
      }
      cluster.node("n3").kill();
      Await.until(
          SOON,
          () -> "n3 is known to be down",
          () ->
              row(Await.get(() -> list(cli, server)), "n3")
                  .path("health")
                  .stringValue()
                  .equals("offline"));
      CompletableFuture<Cli.Result> removal =
          CompletableFuture.supplyAsync(
              () -> Await.get(() -> cli.run("cluster", "remove", "n4", "--server", server)));
      Await.until(
          SOON,
          () -> "n4 is leaving",
          () ->
              row(Await.get(() -> list(cli, server)), "n4")
                  .path("state")
                  .stringValue()
                  .equals("draining"));

      Cli.Result cancelled = cli.run("cluster", "remove", "--cancel", "n4", "--server", server);

      assertThat(cancelled.exitCode()).as(cancelled.output()).isZero();
      Cli.Result ended = removal.get();
      assertThat(ended.exitCode()).as(ended.output()).isEqualTo(4);
      assertThat(ended.output()).contains("REMOVAL_CANCELLED");
      assertThat(row(list(cli, server), "n4").path("state").stringValue()).isEqualTo("active");
      assertThat(cluster.node("n4").isAlive()).isTrue();
      Cli.Result nothing = cli.run("cluster", "remove", "--cancel", "n4", "--server", server);
      assertThat(nothing.exitCode()).as(nothing.output()).isEqualTo(4);
      assertThat(nothing.output()).contains("NOT_LEAVING");
    }
  }

  @Test
  void theStateMovesToAnotherClusterAndTokensGoOnRising() throws Exception {
    Path file = folder.resolve("state.jsonl");
    long token;
    try (LocalCluster cluster = LocalCluster.builder().nodes(1).start();
        Rest rest = new Rest()) {
      Cli cli = new Cli(cluster);
      String server = cluster.node("n1").apiUri().toString();
      for (int i = 0; i < 250; i++) {
        assertThat(rest.send(cluster.node("n1"), "PUT", "/v1/objects/k/" + i, "v" + i).statusCode())
            .isEqualTo(201);
      }
      token = token(cli, server);
      Cli.Result exported = cli.run("cluster", "export", file.toString(), "--server", server);
      assertThat(exported.exitCode()).as(exported.output()).isZero();
      Cli.Result back = cli.run("cluster", "import", file.toString(), "--server", server);
      assertThat(back.exitCode()).as("the same state once more: " + back.output()).isZero();
      rest.send(cluster.node("n1"), "PUT", "/v1/objects/k/1", "another");
      Cli.Result refused = cli.run("cluster", "import", file.toString(), "--server", server);
      assertThat(refused.exitCode()).as(refused.output()).isEqualTo(4);
      assertThat(refused.output()).contains("NOT_EMPTY");
    }
    try (LocalCluster cluster = LocalCluster.builder().start()) {
      Cli cli = new Cli(cluster);
      String server = cluster.node("n2").apiUri().toString();
      Path cut = folder.resolve("cut.jsonl");
      String whole = Files.readString(file);
      Files.writeString(cut, whole.replaceFirst("\"value\":\"..", "\"value\":\"zz"));
      Cli.Result bad = cli.run("cluster", "import", cut.toString(), "--server", server);
      assertThat(bad.output()).contains("BAD_EXPORT").contains("checksum");

      Cli.Result imported = cli.run("cluster", "import", file.toString(), "--server", server);

      assertThat(imported.exitCode()).as(imported.output()).isZero();
      assertThat(imported.output()).contains("imported 250 entries");
      assertThat(token(cli, server)).isGreaterThan(token);
      // Also a failure later: the raised revision is in the log like everything else.
      cluster.nodes().forEach(LocalNode::kill);
      cluster.nodes().forEach(LocalNode::start);
      cluster.awaitReady(START);
      assertThat(token(cli, server)).isGreaterThan(token);
    }
  }

  /** Whose leaders stay, however busy the machine is. */
  private static LocalCluster.Builder patient() {
    return LocalCluster.builder()
        .option("raft.electionTimeoutMin", "2s")
        .option("raft.leaseTtl", "10s");
  }

  private static long token(Cli cli, String server) throws Exception {
    Cli.Result result =
        cli.run(
            "lock",
            "moved",
            "--ttl",
            "10s",
            "--server",
            server,
            "--",
            "sh",
            "-c",
            "echo token=$HOLDFAST_TOKEN");
    assertThat(result.exitCode()).as(result.output()).isZero();
    Matcher told = Pattern.compile("(?m)^token=([0-9]+)").matcher(result.output());
    assertThat(told.find()).as(result.output()).isTrue();
    return Long.parseLong(told.group(1));
  }

  private static JsonNode list(Cli cli, String server) throws Exception {
    Cli.Result result = cli.run("cluster", "list", "--json", "--server", server);
    assertThat(result.exitCode()).as(result.output()).isZero();
    return Rest.JSON.readTree(result.output().substring(result.output().indexOf('{')));
  }

  private static JsonNode row(JsonNode listed, String id) {
    return listed
        .path("nodes")
        .valueStream()
        .filter(node -> node.path("id").stringValue().equals(id))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + id + " in " + listed));
  }

  private static void await(Queue<ClusterEvent> events, String type, String detail, String value) {
    Await.until(
        SOON,
        () -> type + " with " + detail + "=" + value + " in " + List.copyOf(events),
        () ->
            events.stream()
                .anyMatch(event ->
                    event.type().equals(type) && value.equals(event.details().get(detail))));
  }
}
