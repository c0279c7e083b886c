// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static dev.holdfast.cli.it.FaultyPlugins.utf8;
import static dev.holdfast.cli.it.FaultyPlugins.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Plugins that do not fit, do not start, or fail at work: each is told, and the node serves on. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FaultyPluginIT {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final String NEVER = "throw new AssertionError();";

  private static final int REFUSED = 4;
  private static final int NOT_STARTED = 5;

  /** In a row, until a policy is not asked for a while. */
  private static final int FAILURES_TO_OPEN = 5;

  private final Rest rest = new Rest();

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path temp;

  @Test
  void aZipThatIsNoPluginIsRefusedAndLeavesNothing() throws Exception {
    FaultyPlugins faulty = new FaultyPlugins(temp);
    Map<Path, String> zips = new LinkedHashMap<>();
    zips.put(Files.write(temp.resolve("garbage.zip"), new byte[3_000]), "It is not a readable zip");
    zips.put(Files.write(temp.resolve("empty.zip"), new byte[0]), "It is not a readable zip");
    zips.put(
        faulty.zip("no-manifest", Map.of("lib/a.jar", utf8("x"))),
        "plugin.yaml: The file is missing");
    zips.put(
        faulty.plugin(yaml("spi-two").replace(">=1.0 <2", ">=2.0 <3"), "spi-two", "", NEVER),
        "It runs on SPI >=2.0.0 <3.0.0, and this node has SPI 1.");
    zips.put(
        faulty.plugin(yaml("entry").replace("faulty.Entry", "faulty.Gone"), "entry", "", NEVER),
        "The entry class faulty.Gone is in no jar of lib/");
    zips.put(
        faulty.zip("escape", Map.of("../escaped", utf8("x"), "plugin.yaml", utf8(yaml("escape")))),
        "../escaped");
    try (LocalCluster cluster = LocalCluster.builder().nodes(1).start()) {
      LocalNode node = cluster.node(0);
      Cli cli = new Cli(cluster);

      for (var zip : zips.entrySet()) {
        Cli.Result result =
            cli.run("plugin", "install", zip.getKey().toString(), "--data", node.data().toString());
        assertThat(result.exitCode()).as(result.output()).isEqualTo(REFUSED);
        assertThat(result.output()).contains(zip.getValue()).contains("next: ");
      }

      try (Stream<Path> left = Files.list(node.data().resolve("plugins"))) {
        assertThat(left.filter(path -> !String.valueOf(path.getFileName()).startsWith(".")))
            .isEmpty();
      }
      assertThat(node.data().resolve("escaped")).doesNotExist();
      assertServes(node, "after-refusals");
    }
  }

  @Test
  void whatFailsAtTheStartOfANodeIsToldAndTheNodeServes() throws Exception {
    FaultyPlugins faulty = new FaultyPlugins(temp);
    try (LocalCluster cluster = LocalCluster.builder().nodes(1).start()) {
      LocalNode node = cluster.node(0);
      Cli cli = new Cli(cluster);
      install(
          cli, node, faulty.plugin(yaml("thrower"), "thrower", thrown("I cannot begin"), NEVER));
      install(cli, node, faulty.plugin(yaml("newer"), "newer", "", NEVER));
      Path plugins = node.data().resolve("plugins");
      // Made unfit by hand, behind the back of the installer.
      Files.writeString(
          plugins.resolve("newer/plugin.yaml"), yaml("newer").replace(">=1.0 <2", ">=7.0 <8"));
      Files.writeString(
          Files.createDirectories(plugins.resolve("garbage")).resolve("plugin.yaml"), "\u0001{[");
      Files.createDirectories(plugins.resolve("nothing/lib"));
      Files.write(plugins.resolve("stray.jar"), new byte[] {1, 2, 3});

      node.stop();
      var _ = node.start().awaitReady(DEADLINE);

      Map<String, String> states = new LinkedHashMap<>();
      Map<String, String> reasons = new LinkedHashMap<>();
      for (JsonNode plugin : rest.json(node, "/v1/plugins").path("plugins")) {
        states.put(plugin.path("id").stringValue(), plugin.path("state").stringValue());
        reasons.put(plugin.path("id").stringValue(), plugin.path("reason").stringValue());
      }
      assertThat(states)
          .containsEntry("thrower", "FAILED")
          .containsEntry("newer", "REFUSED")
          .containsEntry("garbage", "REFUSED")
          .containsEntry("nothing", "REFUSED")
          .containsEntry("stray.jar", "REFUSED")
          .containsEntry("placement-rendezvous", "STARTED");
      assertThat(reasons.get("thrower")).contains("It did not start").contains("I cannot begin");
      assertThat(reasons.get("newer")).contains("It runs on SPI >=7.0.0 <8.0.0");
      assertThat(reasons.get("garbage")).startsWith("plugin.yaml");
      assertThat(reasons.get("nothing")).contains("The file is missing");
      assertThat(reasons.get("stray.jar")).contains("A plugin is a folder");
      Cli.Result list = cli.run("plugin", "list", "--server", node.apiUri().toString());
      assertThat(list.output()).contains(states.keySet()).contains("I cannot begin");
      assertThat(Files.readString(node.log()))
          .contains("Plugin thrower@1.0.0 failed. It did not start")
          .contains("Plugin newer is refused: ");
      assertServes(node, "with-faulty-plugins");
    }
  }

  @Test
  void aPolicyThatThrowsIsReplacedByTheBuiltInOneAndNotAskedForAWhile() throws Exception {
    FaultyPlugins faulty = new FaultyPlugins(temp);
    try (LocalCluster cluster = LocalCluster.builder().nodes(1).start()) {
      LocalNode node = cluster.node(0);
      Cli cli = new Cli(cluster);
      install(cli, node, faulty.plugin(yaml("moody"), "moody", "", thrown("Not today")));
      node.stop();
      var _ = node.start().awaitReady(DEADLINE);

      for (int i = 0; i < FAILURES_TO_OPEN; i++) {
        assertServes(node, "moody-" + i);
      }

      JsonNode listing = rest.json(node, "/v1/plugins");
      JsonNode moody =
          listing
              .path("plugins")
              .valueStream()
              .filter(plugin -> plugin.path("id").stringValue().equals("moody"))
              .findFirst()
              .orElseThrow();
      assertThat(listing.path("placement").path("policy").stringValue()).isEqualTo("moody/default");
      assertThat(moody.path("state").stringValue()).isEqualTo("STARTED");
      assertThat(moody.path("reason").stringValue()).contains("Not today");
      JsonNode policy = moody.path("policies").get(0);
      assertThat(policy.path("failures").intValue()).isGreaterThanOrEqualTo(FAILURES_TO_OPEN);
      assertThat(policy.path("fallbacks").intValue()).isGreaterThanOrEqualTo(FAILURES_TO_OPEN);
      assertThat(policy.path("circuit").stringValue()).isEqualTo("OPEN");
      assertThat(Files.readString(node.log()))
          .contains("Placement moody/default failed, the built-in policy answers instead")
          .contains("Placement moody/default is not asked for 30 s");
      assertThat(rest.send(node, "GET", "/metrics", "").body())
          .contains("holdfast_plugin_circuit_open{policy=\"moody/default\"} 1");
      assertServes(node, "moody-after");
    }
  }

  @Test
  void aNodeDoesNotStartWithoutAPluginThatIsRequired() throws Exception {
    FaultyPlugins faulty = new FaultyPlugins(temp);
    try (LocalCluster cluster = LocalCluster.builder().nodes(1).start()) {
      LocalNode node = cluster.node(0);
      Cli cli = new Cli(cluster);
      assertServes(node, "kept");
      install(
          cli,
          node,
          faulty.plugin(
              yaml("must") + "required: true\n", "must", thrown("I cannot begin"), NEVER));

      node.stop();
      var _ = node.start();

      Await.until(DEADLINE, "the node gives up", () -> !node.isAlive());
      assertThat(node.exitCode()).isEqualTo(NOT_STARTED);
      assertThat(Files.readString(node.log()))
          .contains("The plugin 'must' is required and did not start")
          .contains("I cannot begin")
          .contains("holdfast plugin remove must");

      Cli.Result removed = cli.run("plugin", "remove", "must", "--data", node.data().toString());
      assertThat(removed.exitCode()).as(removed.output()).isZero();
      var _ = node.start().awaitReady(DEADLINE);
      assertThat(rest.send(node, "GET", "/v1/objects/kept", "").body()).isEqualTo("kept");
    }
  }

  private static void install(Cli cli, LocalNode node, Path zip) throws Exception {
    Cli.Result result =
        cli.run("plugin", "install", zip.toString(), "--data", node.data().toString());
    assertThat(result.exitCode()).as(result.output()).isZero();
  }

  private void assertServes(LocalNode node, String key) throws IOException, InterruptedException {
    HttpResponse<String> put = rest.send(node, "PUT", "/v1/objects/" + key, key);
    assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
    assertThat(rest.send(node, "GET", "/v1/objects/" + key, "").body()).isEqualTo(key);
  }

  private static String thrown(String message) {
    return "throw new IllegalStateException(\"%s\");".formatted(message);
  }
}
