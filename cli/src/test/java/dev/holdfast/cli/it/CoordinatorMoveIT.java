// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.local.EnsembleServer;
import dev.holdfast.cli.local.EnsembleServer.Address;
import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.cluster.LocalProcess;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A cluster that moves from Raft to ZooKeeper and back on its own data folders, by the steps of
 * docs/concepts/coordinators.md, and with every mistake that one can make on the way: each is told,
 * and none costs anything.
 */
@Timeout(value = 1_800, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CoordinatorMoveIT {
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final long SEED = 20_261_122;
  private static final int BIG_BYTES = 5 << 20;
  private static final int REFUSED = 4;
  private static final int UNAVAILABLE = 5;

  @TempDir Path temp;

  private final Rest rest = new Rest();

  /** What clients know: it must be there after each move, and nothing else. */
  private final Map<String, byte[]> objects = new TreeMap<>();

  private final Map<String, String> entries = new TreeMap<>();
  private long token;

  @AfterEach
  void close() {
    rest.close();
  }

  @Test
  void aClusterMovesToZooKeeperAndBackOnItsOwnFolders() throws Exception {
    Path config = Files.writeString(temp.resolve("holdfast.yaml"), "coordinator: raft\n");
    Address server = new Address("127.0.0.1", freePort());
    LocalProcess zookeeper = zookeeper(server);
    try (LocalCluster cluster = patient().configFile(config).start()) {
      Cli cli = new Cli(cluster);
      work(cluster, "on Raft");
      assertThat(isRaftOpen(cluster)).containsOnly(true);

      // To ZooKeeper.
      Path first = export(cli, cluster, "first");
      stop(cluster);
      Files.writeString(
          config,
          "coordinator: zookeeper\nzookeeper:\n  connect: "
              + EnsembleServer.connect(List.of(server))
              + "\n  juteMaxBuffer: "
              + EnsembleServer.JUTE_MAX_BUFFER
              + "\n");
      theFolderOfTheOtherCoordinatorIsNotTakenOver(cluster, "raft", "zookeeper");
      moveAway(cluster, "raft");
      start(cluster);
      clientsAreRefusedUntilTheImport(cli, cluster);
      assertThat(isRaftOpen(cluster)).containsOnly(false);
      runImport(cli, cluster.node("n1"), first);
      assertAllThere(cluster);
      assertThat(isRaftOpen(cluster)).containsOnly(false);

      work(cluster, "on ZooKeeper");
      delete(cluster, "of on Raft", "key 8");
      theSameFileOnceMoreBringsNothingBack(cli, cluster, first);

      // And back to Raft.
      Path second = export(cli, cluster, "second");
      stop(cluster);
      Files.writeString(config, "coordinator: raft\n");
      theFolderOfTheOtherCoordinatorIsNotTakenOver(cluster, "zookeeper", "raft");
      theStaleFolderOfTheSameCoordinatorIsNotTakenOver(cluster);
      aNodeThatWasForgottenIsNamed(cluster, server);
      moveAway(cluster, "zookeeper");
      start(cluster);
      anOlderExportIsRefused(cli, cluster, first);
      runImport(cli, cluster.node("n2"), second);
      assertAllThere(cluster);
      assertThat(isRaftOpen(cluster)).containsOnly(true);

      work(cluster, "on Raft again");
      assertAllThere(cluster);
      // What a whole restart finds is what was there before it, not what any older folder had.
      cluster.nodes().forEach(LocalNode::kill);
      start(cluster);
      assertAllThere(cluster);
    } finally {
      zookeeper.kill();
    }
  }

  /** Whoever has lost the state, or wants none, says so; then the nodes serve what is new. */
  @Test
  void aClusterWithoutAnExportBeginsEmptyOnlyWhenItIsTold() throws Exception {
    try (LocalCluster cluster = patient().nodes(1).start()) {
      Cli cli = new Cli(cluster);
      LocalNode node = cluster.node("n1");
      assertThat(rest.send(node, "PUT", "/v1/objects/a", "before").statusCode()).isEqualTo(201);
      node.stop();
      PathUtils.delete(node.data().resolve("coordinator"));
      start(cluster);

      assertThat(rest.send(node, "GET", "/v1/objects/a", "").body()).contains("IMPORT_AWAITED");
      Cli.Result neither = cli.run("cluster", "import", "--server", api(node));
      assertThat(neither.exitCode()).as(neither.output()).isEqualTo(2);
      Cli.Result begun = cli.run("cluster", "import", "--begin-empty", "--server", api(node));

      assertThat(begun.exitCode()).as(begun.output()).isZero();
      Await.until(
          DEADLINE,
          "clients come in",
          () -> Await.get(() -> rest.send(node, "GET", "/v1/objects/a", "")).statusCode() == 404);
      assertThat(rest.send(node, "PUT", "/v1/objects/a", "after").statusCode()).isEqualTo(201);
      assertThat(rest.send(node, "GET", "/v1/objects/a", "").body()).isEqualTo("after");
    }
  }

  /** Whose leaders stay, however busy the machine is. */
  private static LocalCluster.Builder patient() {
    return LocalCluster.builder()
        .startDeadline(DEADLINE)
        .option("raft.electionTimeoutMin", "2s")
        .option("raft.leaseTtl", "10s");
  }

  // ---- The steps.

  /** Writes anew, overwrites, deletes, and takes a lock some times. */
  private void work(LocalCluster cluster, String where) throws Exception {
    Random random = new Random(SEED + where.length());
    try (Holdfast client = Holdfast.connect(api(cluster.node("n1")))) {
      for (int i = 0; i < 6; i++) {
        put(client, "small/" + i, ("object " + i + " " + where).getBytes(StandardCharsets.UTF_8));
      }
      put(client, "of " + where, where.getBytes(StandardCharsets.UTF_8));
      byte[] big = new byte[BIG_BYTES];
      random.nextBytes(big);
      put(client, "big/" + where, big);
      put(client, "gone", new byte[] {1});
      assertThat(rest.send(cluster.node("n2"), "DELETE", "/v1/objects/gone", "").statusCode())
          .isBetween(200, 204);
      objects.remove("gone");
      for (int i = 0; i < 20; i++) {
        client.map("kept").set("key " + i, where);
        entries.put("key " + i, where);
      }
      client.map("kept").delete("key 7");
      entries.remove("key 7");
      for (int i = 0; i < 4; i++) {
        long next = token(client);
        assertThat(next).as(where).isGreaterThan(token);
        token = next;
      }
    }
  }

  private void delete(LocalCluster cluster, String object, String entry) throws Exception {
    assertThat(
            rest.send(cluster.node("n2"), "DELETE", "/v1/objects/" + object.replace(" ", "%20"), "")
                .statusCode())
        .isBetween(200, 204);
    objects.remove(object);
    try (Holdfast client = Holdfast.connect(api(cluster.node("n3")))) {
      client.map("kept").delete(entry);
    }
    entries.remove(entry);
  }

  private void put(Holdfast client, String key, byte[] content) {
    client.objects().put(key, content);
    objects.put(key, content);
  }

  private static long token(Holdfast client) throws InterruptedException {
    try (Hold hold = client.locks().lock("moved").acquire(DEADLINE)) {
      return hold.token();
    }
  }

  private Path export(Cli cli, LocalCluster cluster, String name) throws Exception {
    Path file = temp.resolve(name + ".jsonl");
    done(cli.run("cluster", "export", file.toString(), "--server", api(cluster.node("n3"))));
    return file;
  }

  private static void stop(LocalCluster cluster) {
    cluster.nodes().forEach(LocalNode::stop);
  }

  private void moveAway(LocalCluster cluster, String coordinator) throws IOException {
    for (LocalNode node : cluster.nodes()) {
      Files.move(node.data().resolve("coordinator"), aside(node, coordinator));
    }
  }

  private Path aside(LocalNode node, String coordinator) {
    return temp.resolve(node.id() + "-" + coordinator + "-before");
  }

  private static void start(LocalCluster cluster) {
    cluster.nodes().forEach(LocalNode::start);
    cluster.awaitReady(DEADLINE);
  }

  private static void runImport(Cli cli, LocalNode node, Path file) throws Exception {
    done(cli.run("cluster", "import", file.toString(), "--server", api(node)));
  }

  /** Every object byte for byte at every node, every entry, nothing else, and a higher token. */
  private void assertAllThere(LocalCluster cluster) throws Exception {
    for (LocalNode node : cluster.nodes()) {
      try (Holdfast client = Holdfast.connect(api(node))) {
        Await.untilPasses(DEADLINE, () -> readAll(client));
        assertThat(client.map("kept").entries())
            .as("entries at %s", node)
            .allSatisfy(entry -> assertThat(entry.value()).isEqualTo(entries.get(entry.key())))
            .hasSize(entries.size());
        assertThat(rest.send(node, "GET", "/v1/objects/gone", "").statusCode())
            .as("what was deleted, at %s", node)
            .isEqualTo(404);
        long next = token(client);
        assertThat(next).as("the next token, at %s", node).isGreaterThan(token);
        token = next;
      }
    }
  }

  private void readAll(Holdfast client) {
    objects.forEach((key, content) ->
        assertThat(Await.get(() -> read(client, key))).as(key).isEqualTo(content));
  }

  private static byte[] read(Holdfast client, String key) throws IOException {
    try (ObjectReader reader = client.objects().get(key)) {
      return reader.readAll();
    }
  }

  // ---- The mistakes.

  /** Only the configuration was changed. */
  private static void theFolderOfTheOtherCoordinatorIsNotTakenOver(
      LocalCluster cluster, String before, String now) {
    for (LocalNode node : cluster.nodes()) {
      assertDoesNotStart(
          node,
          "ran with coordinator: " + before,
          "the configuration says coordinator: " + now,
          node.data().resolve("coordinator").toString(),
          "Nothing was changed",
          "docs/concepts/coordinators.md");
    }
  }

  /** The folder that was moved away is put back, instead of none: on one node, then on all. */
  private void theStaleFolderOfTheSameCoordinatorIsNotTakenOver(LocalCluster cluster)
      throws Exception {
    for (LocalNode node : cluster.nodes()) {
      swap(node, "zookeeper", "raft");
    }
    for (LocalNode node : cluster.nodes()) {
      assertDoesNotStart(node, "ran with coordinator: zookeeper", "an older one, which must not");
    }
    for (LocalNode node : cluster.nodes()) {
      swap(node, "raft", "zookeeper");
    }
  }

  /** n3 still has all of the former cluster, and runs; n1 was emptied. */
  private void aNodeThatWasForgottenIsNamed(LocalCluster cluster, Address server) throws Exception {
    LocalNode moved = cluster.node("n1");
    LocalNode forgotten = cluster.node("n3");
    Files.move(moved.data().resolve("coordinator"), aside(moved, "zookeeper"));
    forgotten.start(
        "--set",
        "coordinator=zookeeper",
        "--set",
        "zookeeper.connect=" + EnsembleServer.connect(List.of(server)),
        "--set",
        "zookeeper.juteMaxBuffer=" + EnsembleServer.JUTE_MAX_BUFFER);
    var _ = forgotten.awaitReady(DEADLINE);

    assertDoesNotStart(
        moved,
        "n3 at ",
        "has coordinator: zookeeper of cluster",
        "n1 has coordinator: raft",
        "stop n3 too");

    forgotten.stop();
    Files.move(aside(moved, "zookeeper"), moved.data().resolve("coordinator"));
  }

  /**
   * An empty cluster would look as if all had been deleted, and take writes that are in the way.
   */
  private void clientsAreRefusedUntilTheImport(Cli cli, LocalCluster cluster) throws Exception {
    for (LocalNode node : cluster.nodes()) {
      for (String method : List.of("GET", "PUT", "DELETE")) {
        HttpResponse<String> answer = rest.send(node, method, "/v1/objects/small/1", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body()).contains("IMPORT_AWAITED", "holdfast cluster import FILE");
      }
      assertThat(rest.send(node, "POST", "/v1/sessions", "{\"ttl\":\"10s\"}").body())
          .contains("IMPORT_AWAITED");
      assertThat(text(node)).contains("is not imported yet");
    }
    String server = api(cluster.node("n2"));
    Cli.Result refused = cli.run("ls", "--patience", "1s", "--server", server);
    assertThat(refused.exitCode()).as(refused.output()).isEqualTo(UNAVAILABLE);
    assertThat(refused.output()).contains("is not imported yet").contains("cluster import FILE");
    Cli.Result status = cli.run("cluster", "status", "--server", server);
    done(status);
    assertThat(status.output()).contains("warning").contains("is not imported yet");
  }

  private void theSameFileOnceMoreBringsNothingBack(Cli cli, LocalCluster cluster, Path file)
      throws Exception {
    assertRefused(cli, cluster, file, "NOT_EMPTY", "imported here before");
    assertAllThere(cluster);
  }

  /** It has the objects, the entries and the low tokens of before the first move. */
  private void anOlderExportIsRefused(Cli cli, LocalCluster cluster, Path file) throws Exception {
    assertRefused(cli, cluster, file, "OTHER_EXPORT", "the file that was exported last");
    assertThat(rest.send(cluster.node("n1"), "GET", "/v1/objects/small/1", "").body())
        .contains("IMPORT_AWAITED");
  }

  private void assertRefused(Cli cli, LocalCluster cluster, Path file, String... told)
      throws Exception {
    Cli.Result refused =
        cli.run("cluster", "import", file.toString(), "--server", api(cluster.node("n1")));
    assertThat(refused.exitCode()).as(refused.output()).isEqualTo(REFUSED);
    assertThat(refused.output()).contains(told);
  }

  private static void assertDoesNotStart(LocalNode node, String... told) {
    int before = text(node).length();
    node.start();
    Await.until(DEADLINE, () -> node + " does not start\n" + node.logTail(), () -> !node.isAlive());
    assertThat(node.exitCode()).as("%s", node.logTail()).isEqualTo(UNAVAILABLE);
    assertThat(text(node).substring(before)).contains(told);
  }

  // ---- What is around.

  /** Exchanges the folder of a node with the one that lies aside. */
  private void swap(LocalNode node, String going, String coming) throws IOException {
    Path folder = node.data().resolve("coordinator");
    Files.move(folder, aside(node, going));
    Files.move(aside(node, coming), folder);
  }

  private List<Boolean> isRaftOpen(LocalCluster cluster) throws Exception {
    List<Boolean> open = new ArrayList<>();
    for (JsonNode row : rest.json(cluster.node("n1"), "/v1/cluster").path("nodes")) {
      String[] address = row.path("raft").stringValue().split(":", -1);
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address[0], Integer.parseInt(address[1])), 5_000);
        open.add(true);
      } catch (ConnectException e) {
        open.add(false);
      }
    }
    assertThat(open).hasSize(cluster.nodes().size());
    return open;
  }

  /** One server: how an ensemble fails is the matter of other stories. */
  private LocalProcess zookeeper(Address address) throws IOException {
    Path home = Files.createDirectories(temp.resolve("zookeeper"));
    LocalProcess server =
        new LocalProcess(
                "zk1",
                temp.resolve("zk1.log"),
                new EnsembleServer(0, home, List.of(address), 1_000)
                    .prepare(LocalCluster.builder().home().toAbsolutePath()))
            .start();
    Await.until(
        DEADLINE, () -> "ZooKeeper serves\n" + server.logTail(), () -> address.mode().isPresent());
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void done(Cli.Result result) {
    assertThat(result.exitCode()).as(result.output()).isZero();
  }

  private static String api(LocalNode node) {
    return node.apiUri().toString();
  }

  private static String text(LocalNode node) {
    return Await.get(() -> Files.readString(node.log()));
  }
}
