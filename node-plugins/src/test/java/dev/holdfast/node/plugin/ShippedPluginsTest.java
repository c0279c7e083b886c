// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy.Request;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.json.JsonFactory;

/** The default placement and the example, from their sources, through zip, installer and loader. */
class ShippedPluginsTest {
  private static final Path RENDEZVOUS = Path.of("../plugins/placement-rendezvous");
  private static final Path MERGE_JSON = Path.of("../plugins/merge-json");
  private static final Path CLEANUP = Path.of("../plugins/cleanup-standard");
  private static final Path NEAR = Path.of("../examples/placement-plugin");

  @TempDir Path temp;

  @Test
  void placesByTheDefaultPluginUntilTheExampleIsInstalled() throws Exception {
    Path distribution = temp.resolve("dist");
    Path data = temp.resolve("data");
    new PluginInstaller(distribution).install(zip(RENDEZVOUS));

    try (Plugins plugins = load(distribution, data)) {
      assertThat(plugins.placement().name()).isEqualTo(Plugins.DEFAULT_POLICY);
      for (int i = 0; i < 20; i++) {
        assertThat(plugins.placement().policy().choose(request("near/us/" + i)))
            .isEqualTo(
                new DiverseRendezvous(DiverseRendezvous.DEFAULT_LABELS)
                    .choose(request("near/us/" + i)));
      }
    }

    new PluginInstaller(data).install(zip(NEAR));
    try (Plugins plugins = load(distribution, data)) {
      assertThat(plugins.placement().name()).isEqualTo("near-placement/default");
      for (int i = 0; i < 20; i++) {
        assertThat(plugins.placement().policy().choose(request("near/us/" + i)).nodeIds())
            .containsExactlyInAnyOrder("n3", "n4");
      }
      assertThat(plugins.reports())
          .allMatch(report -> report.state() == PluginReport.State.STARTED);
    }

    new PluginInstaller(data).remove("near-placement");
    try (Plugins plugins = load(distribution, data)) {
      assertThat(plugins.placement().name()).isEqualTo(Plugins.DEFAULT_POLICY);
    }
  }

  /** With its JSON library in lib/, which the plugin sees and nobody else. */
  @Test
  void mergesJsonByThePluginThatShips() throws Exception {
    Path distribution = temp.resolve("dist");
    Path jackson =
        Path.of(JsonFactory.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    new PluginInstaller(distribution)
        .install(zip(MERGE_JSON, Map.of("jackson-core.jar", Files.readAllBytes(jackson))));

    try (Plugins plugins = load(distribution, temp.resolve("data"), "merge-json/default")) {
      GuardedMerge merge = plugins.merges().getFirst();
      assertThat(merge.name()).isEqualTo("merge-json/default");
      assertThat(merge.contentTypes()).containsExactly("application/json");
      MergePolicy.Request request =
          new MergePolicy.Request(
              "k",
              "application/json",
              Optional.of(side("{\"a\":1}")),
              side("{\"a\":1,\"b\":2}"),
              side("{\"a\":3}"));
      assertThat(merge.merge(request))
          .contains(new MergePolicy.Merged(Bytes.utf8("{\"a\":3,\"b\":2}"), new TreeMap<>()));
      assertThat(plugins.reports().getFirst().policies())
          .containsExactly(
              new PluginReport.Policy(
                  "merge-json/default", PluginReport.Kind.MERGE, true, 1, 0, 0, 0, "CLOSED"));
    }
    try (Plugins plugins = load(distribution, temp.resolve("data"))) {
      assertThat(plugins.merges()).isEmpty();
    }
    assertThatThrownBy(() -> load(distribution, temp.resolve("data"), "merge-json/other").close())
        .isInstanceOf(UnknownPolicyException.class)
        .hasMessageContaining("merge.policies is 'merge-json/other'")
        .hasMessageContaining("that are here: merge-json/default.");
  }

  @Test
  void cleansUpByThePluginThatShipsOnlyWhenTheConfigNamesIt() throws Exception {
    Path distribution = temp.resolve("dist");
    new PluginInstaller(distribution).install(zip(CLEANUP));
    CleanupPolicy.Surplus surplus =
        new CleanupPolicy.Surplus(
            Instant.EPOCH, node("n1", "eu"), 1, List.of(new CleanupPolicy.Copy("k", 1, 10, false)));

    try (Plugins plugins = cleaning(distribution, Optional.of("cleanup-standard/default"))) {
      GuardedCleanup cleanup = plugins.cleanup().orElseThrow();
      assertThat(cleanup.name()).isEqualTo("cleanup-standard/default");
      assertThat(cleanup.surplusCopies(surplus).going())
          .containsExactly(
              new CleanupPolicy.Going("k", "Other nodes took the place of this copy."));
      assertThat(plugins.reports().getFirst().policies())
          .containsExactly(
              new PluginReport.Policy(
                  "cleanup-standard/default",
                  PluginReport.Kind.CLEANUP,
                  true,
                  1,
                  0,
                  0,
                  0,
                  "CLOSED"));
    }
    try (Plugins plugins = cleaning(distribution, Optional.empty())) {
      assertThat(plugins.cleanup()).isEmpty();
    }
    assertThatThrownBy(() -> cleaning(distribution, Optional.of("cleanup-standard/x")).close())
        .isInstanceOf(UnknownPolicyException.class)
        .hasMessageContaining("cleanup.policy is 'cleanup-standard/x'")
        .hasMessageContaining("that are here: cleanup-standard/default.");
  }

  private Plugins cleaning(Path distribution, Optional<String> policy) throws Exception {
    return new PluginLoader(
            new PluginSetup(
                "n1",
                distribution,
                temp.resolve("data"),
                Map.of(),
                Optional.empty(),
                List.of(),
                policy),
            PluginLimits.DEFAULT,
            System::nanoTime,
            new SimpleMeterRegistry())
        .load();
  }

  private static MergePolicy.Side side(String text) {
    return new MergePolicy.Side(Bytes.utf8(text), new TreeMap<>());
  }

  private static Plugins load(Path distribution, Path data, String... merges) throws Exception {
    return new PluginLoader(
            new PluginSetup(
                "n1",
                distribution,
                data,
                Map.of(),
                Optional.empty(),
                List.of(merges),
                Optional.empty()),
            PluginLimits.DEFAULT,
            System::nanoTime,
            new SimpleMeterRegistry())
        .load();
  }

  private Path zip(Path module) throws IOException {
    return zip(module, Map.of());
  }

  private Path zip(Path module, Map<String, byte[]> libraries) throws IOException {
    PluginKit kit = new PluginKit(Files.createDirectories(temp.resolve("work")));
    Map<String, String> sources = new HashMap<>();
    Path root = module.resolve("src/main/java");
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String name = root.relativize(file).toString();
        sources.put(name.substring(0, name.length() - 5).replace('/', '.'), Files.readString(file));
      }
    }
    String yaml = Files.readString(module.resolve("src/main/plugin/plugin.yaml"));
    Map<String, byte[]> jars = new HashMap<>(libraries);
    jars.put("plugin.jar", kit.jar(sources, Map.of()));
    return kit.pluginZip(yaml.replace("${project.version}", "0.1.0-SNAPSHOT"), jars);
  }

  private static Request request(String key) {
    return new Request(
        new ClusterMap(
            1, List.of(node("n1", "eu"), node("n2", "eu"), node("n3", "us"), node("n4", "us"))),
        key,
        2);
  }

  private static ClusterMap.Node node(String id, String zone) {
    return new ClusterMap.Node(id, Map.of("zone", zone), 1000, ClusterMap.State.ACTIVE);
  }
}
