// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.MapClient;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.OutcomeUnknownException;
import dev.holdfast.client.Session;
import dev.holdfast.client.UnavailableException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A cluster on an ensemble of its own, as {@code up --coordinator zookeeper} starts it. One cluster
 * for all stories, to save time: each leaves it whole but the last.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ZooKeeperIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final Path LAUNCHER = Path.of("target", "holdfast", "bin", "holdfast");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private static Path temp;

  private final int port = 10_000 + 100 * ThreadLocalRandom.current().nextInt(90);

  @BeforeAll
  void up() throws Exception {
    run("up", "--coordinator", "zookeeper", "--port", "" + port, "--detach", "--timeout", "5m");
  }

  /** Also after a failure: nothing that was started stays. */
  @AfterAll
  void down() throws Exception {
    if (Files.exists(temp.resolve("cluster").resolve("run.json"))) {
      for (String id : List.of("zk2", "n1", "n2", "n3")) {
        signal("-CONT", id);
      }
      run("down");
    }
  }

  private void run(String command, String... more) throws Exception {
    List<String> line = new ArrayList<>(List.of(command));
    line.add("--data");
    line.add(temp.resolve("cluster").toString());
    line.addAll(List.of(more));
    var _ = holdfast(line.toArray(String[]::new));
  }

  /** Returns what it said. */
  private String holdfast(String... command) throws Exception {
    return holdfast(Set.of(0), command);
  }

  private String holdfast(Set<Integer> exitCodes, String... command) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(LAUNCHER.toAbsolutePath().toString());
    line.addAll(List.of(command));
    Path output = Files.createTempFile(temp, "said", ".out");
    Path errors = Files.createTempFile(temp, "said", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectOutput(output.toFile()).redirectError(errors.toFile());
    builder.environment().put("HOLDFAST_NO_BUILD", "1");
    int exitCode = builder.start().waitFor();
    assertThat(exitCodes)
        .as(() -> String.join(" ", command) + ": " + text(output) + text(errors))
        .contains(exitCode);
    return text(output);
  }

  /** It says so with its exit code, too, when no majority answers. */
  private JsonNode status(int node) throws Exception {
    return Rest.JSON.readTree(
        holdfast(Set.of(0, 5), "cluster", "status", "--server", api(node), "--json"));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** By the pid that {@code up} wrote down; one that has ended is left alone. */
  private void signal(String signal, String id) throws Exception {
    long pid = pid(id);
    if (ProcessHandle.of(pid).isPresent()) {
      int exitCode = new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor();
      assertThat(exitCode).isZero();
    }
  }

  private long pid(String id) {
    Path record = temp.resolve("cluster").resolve("run.json");
    Matcher matcher =
        Pattern.compile("\"" + id + "\",\\s*\"process\"\\s*:\\s*\\{\\s*\"pid\"\\s*:\\s*(\\d+)")
            .matcher(text(record));
    assertThat(matcher.find()).as(() -> id + " in " + text(record)).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  private String api(int node) {
    return "http://127.0.0.1:" + (port + 10 * node);
  }

  /**
   * From Raft to ZooKeeper and on to Raft. The file that the first cluster begins with is of one
   * whose numbers are far above those of any new ensemble, as after years on another one.
   */
  @Test
  @Order(1)
  void theStateMovesThroughZooKeeperAndTokensGoOnRising() throws Exception {
    long base = 1L << 45;
    Path file = stateAt(base);
    long version;
    try (LocalCluster raft = LocalCluster.builder().nodes(1).start();
        Holdfast client = Holdfast.connect(raft.node("n1").apiUri().toString())) {
      moveIn(file, raft.node("n1").apiUri().toString());
      version = client.map("kept").set("colour", "blue");
      client.counter("kept").set(7);
      assertThat(token(client)).isGreaterThan(base);
      long token = token(client);
      file = moveOut("first", raft.node("n1").apiUri().toString());

      moveIn(file, api(1));
      try (Holdfast onZooKeeper = Holdfast.connect(ClientConfig.of(api(2)))) {
        assertThat(token(onZooKeeper)).isGreaterThan(token);
        assertThat(onZooKeeper.map("kept").get("colour")).contains("blue");
        long changed = onZooKeeper.map("kept").set("colour", "green");
        assertThat(changed).isGreaterThan(version);
        version = changed;
        assertThat(onZooKeeper.counter("kept").incrementAndGet()).isEqualTo(8);
      }
    }
    long token;
    try (Holdfast onZooKeeper = Holdfast.connect(ClientConfig.of(api(0)))) {
      token = token(onZooKeeper);
    }
    file = moveOut("second", api(0));
    try (LocalCluster raft = LocalCluster.builder().nodes(1).start();
        Holdfast client = Holdfast.connect(raft.node("n1").apiUri().toString())) {
      moveIn(file, raft.node("n1").apiUri().toString());

      assertThat(token(client)).isGreaterThan(token);
      assertThat(client.map("kept").get("colour")).contains("green");
      assertThat(client.map("kept").set("colour", "red")).isGreaterThan(version);
      assertThat(client.counter("kept").get()).isEqualTo(8);
    }
  }

  @Test
  @Order(2)
  void keysGoWithTheirTimeAndTheirSession() {
    Duration ttl = Duration.ofSeconds(3);
    try (Holdfast client = Holdfast.connect(ClientConfig.of(api(1)))) {
      MapClient<String> map = client.map("ephemeral");
      map.set("stays", "1", ttl);
      map.set("stays", "2");
      long written = System.nanoTime();
      map.set("brief", "1", ttl);
      try (Session session = client.session()) {
        session.map("ephemeral").whileSessionLives().set("bound", "1");
      }

      Await.until(DEADLINE, "the bound one is gone", () -> !map.has("bound"));
      Await.until(
          DEADLINE,
          "the brief one is gone",
          () -> {
            boolean gone = !map.has("brief");
            assertThat(gone && System.nanoTime() - written < ttl.toNanos()).isFalse();
            return gone;
          });
      assertThat(map.keys()).containsExactly("stays");
    }
  }

  /** The export of a cluster without entries, with the number that all others must exceed. */
  private Path stateAt(long base) throws Exception {
    String head =
        "{\"format\":1,\"revision\":%d,\"base\":%d,\"entries\":0}\n".formatted(base - 1, base);
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(head.getBytes(StandardCharsets.UTF_8));
    return Files.writeString(
        temp.resolve("old.jsonl"),
        head + "{\"sha256\":\"" + HexFormat.of().formatHex(sum) + "\"}\n");
  }

  private Path moveOut(String name, String server) throws Exception {
    Path file = temp.resolve(name + ".jsonl");
    var _ = holdfast("cluster", "export", file.toString(), "--server", server);
    return file;
  }

  private void moveIn(Path file, String server) throws Exception {
    assertThat(holdfast("cluster", "import", file.toString(), "--server", server))
        .contains("imported");
  }

  private static long token(Holdfast client) throws InterruptedException {
    try (Hold hold = client.locks().lock("moved").acquire(DEADLINE)) {
      return hold.token();
    }
  }

  /** As when a machine sleeps: the servers end the sessions of nodes that live on. */
  @Test
  @Order(2)
  void nodesThatStoodStillForLongerThanTheirSessionsGoOnByThemselves() throws Exception {
    // Longer than the nodes' sessions with ZooKeeper, 10 s: when it is over, so are they.
    ClientConfig patient = ClientConfig.of(api(1)).withSessionTtl(Duration.ofSeconds(14));
    try (Holdfast client = Holdfast.connect(patient)) {
      List<Hold> holds = new ArrayList<>();
      for (String name : List.of("still/a", "still/b", "still/c")) {
        holds.add(client.locks().lock(name).acquire(DEADLINE));
      }
      long version = client.map("still").set("written", "before");

      for (String node : NODES) {
        signal("-STOP", node);
      }
      for (Hold hold : holds) {
        Await.until(DEADLINE, "the hold is lost", () -> hold.state() == HoldState.LOST);
      }
      for (String node : NODES) {
        signal("-CONT", node);
      }

      for (int node = 0; node < NODES.size(); node++) {
        goesOn(node, "still/a", holds.getFirst().token());
        awaitQuorum(node, true);
      }
      for (String node : NODES) {
        assertThat(text(log(node))).as(node).contains("of this node is lost");
      }
      assertThat(holds).allMatch(hold -> hold.state() == HoldState.LOST);
      assertThat(client.map("still").entry("written").orElseThrow().version()).isEqualTo(version);
    }
  }

  private Path log(String node) {
    return temp.resolve("cluster").resolve("logs").resolve(node + ".log");
  }

  private void goesOn(int node, String lock, long tokenBefore) {
    try (Holdfast client = Holdfast.connect(ClientConfig.of(api(node)))) {
      Await.until(DEADLINE, "n" + (node + 1) + " grants", () -> acquires(client, lock));
      try (Hold hold = client.locks().lock(lock).acquire(DEADLINE)) {
        assertThat(hold.token()).isGreaterThan(tokenBefore);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What an operator sees: no node leads or observes, and whether the servers answer. */
  private void awaitQuorum(int node, boolean answers) {
    Await.until(
        DEADLINE,
        () -> "quorum " + answers,
        () -> {
          try {
            JsonNode status = status(node);
            assertThat(status.path("leader").isNull()).isTrue();
            assertThat(status.path("nodes").valueStream())
                .allMatch(each -> each.path("role").stringValue().equals("member"));
            return status.path("quorum").booleanValue() == answers;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  /** Their states, as an operator sees them. */
  private List<String> servers() throws Exception {
    return status(0)
        .path("servers")
        .valueStream()
        .map(server -> server.path("state").stringValue())
        .toList();
  }

  /** A power cut at the ensemble: what was acknowledged is there when it is back. */
  @Test
  @Order(3)
  void allServersStartAgain() throws Exception {
    ClientConfig impatient = ClientConfig.of(api(0)).withSessionTtl(Duration.ofSeconds(5));
    try (Holdfast client = Holdfast.connect(impatient)) {
      Hold hold = client.locks().lock("servers").acquire(DEADLINE);
      long version = client.map("servers").set("written", "before");
      long count = client.counter("servers").incrementAndGet();

      for (String server : List.of("zk1", "zk2", "zk3")) {
        signal("-KILL", server);
      }
      Await.until(DEADLINE, "the hold is lost", () -> hold.state() == HoldState.LOST);
      awaitQuorum(0, false);
      assertThat(servers()).containsOnly("unreachable");
      run("up", "--detach", "--timeout", "5m");
      assertThat(servers()).containsExactlyInAnyOrder("leader", "follower", "follower");

      for (int node = 0; node < NODES.size(); node++) {
        goesOn(node, "servers", hold.token());
      }
      assertThat(client.map("servers").entry("written").orElseThrow().version()).isEqualTo(version);
      assertThat(client.counter("servers").incrementAndGet()).isEqualTo(count + 1);
    }
  }

  @Test
  @Order(4)
  void livesThroughTheLossOfANodeOfAServerAndOfTheMajority() throws Exception {
    byte[] bytes = "kept".getBytes(StandardCharsets.UTF_8);
    try (Holdfast client = Holdfast.connect(ClientConfig.of(api(0)))) {
      client.objects().put("kept/a", bytes);
      Hold hold = client.locks().lock("build").acquire(DEADLINE);

      // A node dies.
      signal("-KILL", "n3");
      store(client, "kept/b", bytes);
      assertThat(read(client)).isEqualTo(bytes);
      try (Holdfast other = Holdfast.connect(ClientConfig.of(api(1)))) {
        assertThat(other.locks().lock("build").tryAcquire()).isEmpty();
      }
      assertThat(hold.state()).isEqualTo(HoldState.HELD);

      // A server dies: nobody notices.
      signal("-KILL", "zk3");
      Await.until(DEADLINE, "another lock", () -> acquires(client, "other"));
      assertThat(hold.state()).isNotEqualTo(HoldState.LOST);
      hold.release();

      // The majority is gone: the client learns it in time.
      Hold endangered = client.locks().lock("endangered").acquire(DEADLINE);
      signal("-STOP", "zk2");
      Await.until(DEADLINE, "the hold is lost", () -> endangered.state() == HoldState.LOST);

      // It is back: so are the nodes.
      signal("-CONT", "zk2");
      Await.until(DEADLINE, "a lock again", () -> acquires(client, "endangered"));
      store(client, "kept/c", bytes);
    }
  }

  /** Nobody else writes this key, so a write of which nothing is known may be repeated. */
  private static void store(Holdfast client, String key, byte[] bytes) {
    Await.until(
        DEADLINE,
        key + " is stored",
        () -> {
          try {
            return client.objects().put(key, bytes).copies().written() > 0;
          } catch (OutcomeUnknownException | UnavailableException e) {
            return false;
          }
        });
  }

  private static byte[] read(Holdfast client) throws IOException {
    try (ObjectReader reader = client.objects().get("kept/a")) {
      return reader.readAll();
    }
  }

  /** As soon as the cluster can grant at all. */
  private static boolean acquires(Holdfast client, String lock) {
    try (Hold hold = client.locks().lock(lock).acquire(Duration.ofSeconds(5))) {
      return hold.token() > 0;
    } catch (HoldfastException _) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
