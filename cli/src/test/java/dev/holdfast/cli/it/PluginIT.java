// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The example plugin, as its author would use it: packed by its own build, installed by the {@code
 * holdfast} command, taken up by rolling restarts. Two zones of two nodes, two copies: Holdfast by
 * itself puts one copy into each zone, the plugin both into the zone that the key names.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PluginIT {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Set<String> EU = Set.of("n1", "n2");
  private static final Set<String> US = Set.of("n3", "n4");
  private static final int KEYS = 8;

  /** Above 64 KiB, so that each is a file of its own in the data folder. */
  private static final int SIZE_BYTES = 300_000;

  private static final int ATTEMPTS = 5;

  private final Rest rest = new Rest();

  /** All keys that were stored, whatever for. */
  private final List<String> stored = new ArrayList<>();

  @Test
  void anInstalledPolicyPlacesNewKeysAfterRollingRestarts(@TempDir Path temp) throws Exception {
    Path config = Files.writeString(temp.resolve("holdfast.yaml"), "log:\n  level: info\n");
    LocalCluster.Builder builder =
        LocalCluster.builder().nodes(4).option("objects.copies", "2").configFile(config);
    EU.forEach(id -> builder.labels(id, "zone=eu"));
    US.forEach(id -> builder.labels(id, "zone=us"));
    try (LocalCluster cluster = builder.start()) {
      Cli cli = new Cli(cluster);
      for (int i = 0; i < KEYS; i++) {
        assertThat(zones(holders(cluster, "near/eu/before-" + i)))
            .as("one copy in each zone")
            .containsExactlyInAnyOrder("eu", "us");
      }

      install(cli, cluster);
      Files.writeString(config, "placement:\n  policy: near-placement/default\n");
      restartOneByOne(cluster);

      for (LocalNode node : cluster.nodes()) {
        assertThat(listed(cli, node))
            .containsPattern("near-placement +0\\.1\\.0-SNAPSHOT +DATA +STARTED +0")
            .contains("placement by near-placement/default");
      }
      for (int i = 0; i < KEYS; i++) {
        assertHeldBy(cluster, "near/eu/after-" + i, EU);
        assertHeldBy(cluster, "near/us/after-" + i, US);
        assertThat(zones(holders(cluster, "elsewhere/" + i)))
            .as("other keys are placed as before")
            .containsExactlyInAnyOrder("eu", "us");
      }
      for (String key : stored) {
        assertReadable(cluster, key);
      }

      for (LocalNode node : cluster.nodes()) {
        assertThat(cli.run("plugin", "remove", "near-placement", "--data", node.data().toString()))
            .satisfies(done -> assertThat(done.exitCode()).as(done.output()).isZero());
      }
      LocalNode first = cluster.node(0);
      first.stop();
      var _ = first.start();
      Await.until(DEADLINE, first + " does not start", () -> !first.isAlive());
      assertThat(first.exitCode()).as("the config still names what is gone").isEqualTo(2);
      assertThat(String.join("\n", first.logTail()))
          .contains("placement.policy is 'near-placement/default'")
          .contains("there is no plugin near-placement")
          .contains("placement-rendezvous/default");
      // At another value it is what it was before.
      Files.writeString(config, "placement:\n  policy: placement-rendezvous/default\n");
      var _ = first.start().awaitReady(DEADLINE);
      assertThat(listed(cli, first)).contains("placement by placement-rendezvous/default");
      assertReadable(cluster, stored.getLast());
    } finally {
      rest.close();
    }
  }

  private static void install(Cli cli, LocalCluster cluster) throws Exception {
    String zip = System.getProperty("holdfast.example.plugin", "");
    assertThat(Path.of(zip)).as("what the build of the example packs").isRegularFile();
    for (LocalNode node : cluster.nodes()) {
      Cli.Result installed = cli.run("plugin", "install", zip, "--data", node.data().toString());
      assertThat(installed.exitCode()).as(installed.output()).isZero();
      assertThat(installed.output())
          .contains("installed near-placement 0.1.0-SNAPSHOT")
          .contains("restart them one at a time");
      assertThat(listed(cli, node)).as("a running node goes on").doesNotContain("near-placement");
    }
  }

  private static String listed(Cli cli, LocalNode node) throws Exception {
    Cli.Result list = cli.run("plugin", "list", "--server", node.apiUri().toString());
    assertThat(list.exitCode()).as(list.output()).isZero();
    return list.output();
  }

  /** While one node is away, the others take writes and serve what was written. */
  private void restartOneByOne(LocalCluster cluster) throws Exception {
    for (LocalNode node : cluster.nodes()) {
      node.stop();
      LocalNode other =
          cluster.nodes().stream().filter(LocalNode::isAlive).findFirst().orElseThrow();
      Await.untilPasses(
          DEADLINE, () -> Await.get(() -> writeAndRead(other, "meanwhile/" + node.id())));
      var _ = node.start().awaitReady(DEADLINE);
      cluster.awaitReady(DEADLINE);
    }
  }

  private boolean writeAndRead(LocalNode node, String key) throws Exception {
    String path = "/v1/objects/" + key;
    HttpResponse<String> put = rest.send(node, "PUT", path, "while one is away");
    assertThat(put.statusCode()).as(put.body()).isBetween(200, 201);
    assertThat(rest.send(node, "GET", path, "").body()).isEqualTo("while one is away");
    return true;
  }

  private void assertHeldBy(LocalCluster cluster, String prefix, Set<String> nodes)
      throws Exception {
    assertThat(holders(cluster, prefix)).as(prefix).isEqualTo(nodes);
  }

  /**
   * Stores a new object and says who holds it, by the answer of the API; the disks must agree. On a
   * loaded machine a node may seem away for a moment, or a policy miss its 200 ms, and then the
   * copies rightly go elsewhere and stay there: such a key does not count.
   */
  private Set<String> holders(LocalCluster cluster, String prefix) throws Exception {
    for (int attempt = 1; ; attempt++) {
      String key = prefix + "/" + attempt;
      long fallbacks = fallbacks(cluster);
      awaitAllHealthy(cluster);
      String sha256 = put(cluster.node(stored.size() % cluster.nodes().size()), key);
      stored.add(key);
      Set<String> told = new TreeSet<>();
      rest.json(cluster.node(0), "/v1/objects/" + key + "?versions")
          .path("holders")
          .forEach(holder -> told.add(holder.stringValue()));
      Await.until(
          DEADLINE,
          () -> key + " is on the disks of " + told + ", not of " + onDisk(cluster, sha256),
          () -> onDisk(cluster, sha256).equals(told));
      if (attempt == ATTEMPTS || (seesAllHealthy(cluster) && fallbacks(cluster) == fallbacks)) {
        return told;
      }
    }
  }

  private String put(LocalNode node, String key) throws Exception {
    String body = (key + "\n").repeat(SIZE_BYTES / key.length());
    HttpResponse<String> put = rest.send(node, "PUT", "/v1/objects/" + key, body);
    assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
    return Rest.JSON.readTree(put.body()).path("sha256").stringValue();
  }

  private void awaitAllHealthy(LocalCluster cluster) {
    Await.until(
        DEADLINE,
        () -> "every node sees all healthy\n" + cluster.logTails(),
        () -> Await.get(() -> seesAllHealthy(cluster)));
  }

  private boolean seesAllHealthy(LocalCluster cluster) throws Exception {
    for (LocalNode node : cluster.nodes()) {
      for (JsonNode seen : rest.json(node, "/v1/cluster").path("nodes")) {
        if (!seen.path("health").stringValue().equals("healthy")) {
          return false;
        }
      }
    }
    return true;
  }

  /** Questions that the built-in policy answered in place of a plugin, on all nodes. */
  private long fallbacks(LocalCluster cluster) throws Exception {
    long sum = 0;
    for (LocalNode node : cluster.nodes()) {
      for (JsonNode plugin : rest.json(node, "/v1/plugins").path("plugins")) {
        for (JsonNode policy : plugin.path("policies")) {
          sum += policy.path("fallbacks").longValue();
        }
      }
    }
    return sum;
  }

  private static Set<String> onDisk(LocalCluster cluster, String sha256) {
    return cluster.nodes().stream()
        .filter(node -> Files.exists(chunk(node, sha256)))
        .map(LocalNode::id)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Path chunk(LocalNode node, String sha256) {
    return node.data()
        .resolve("objects/chunks/files")
        .resolve(sha256.substring(0, 2))
        .resolve(sha256);
  }

  private static Set<String> zones(Set<String> holders) {
    return holders.stream().map(id -> EU.contains(id) ? "eu" : "us").collect(Collectors.toSet());
  }

  private void assertReadable(LocalCluster cluster, String key) throws Exception {
    for (LocalNode node : cluster.nodes()) {
      HttpResponse<String> got = rest.send(node, "GET", "/v1/objects/" + key, "");
      assertThat(got.statusCode()).as(key + " at " + node).isEqualTo(200);
      assertThat(got.body()).startsWith(key);
    }
  }
}
