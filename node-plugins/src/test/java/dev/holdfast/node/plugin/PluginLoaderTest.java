// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.plugin.PluginReport.Source;
import dev.holdfast.node.plugin.PluginReport.State;
import dev.holdfast.spi.placement.PlacementPolicy.Request;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginLoaderTest {
  private static final String ORDINARY = "return ordinary.choose(request);";
  private static final PluginLimits LIMITS =
      new PluginLimits(
          Duration.ofSeconds(6),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          3,
          Duration.ofSeconds(30));

  @TempDir Path temp;
  private Path distribution;
  private Path data;
  private PluginKit kit;

  @BeforeEach
  void folders() throws IOException {
    distribution = Files.createDirectories(temp.resolve("dist/plugins"));
    data = Files.createDirectories(temp.resolve("data/plugins"));
    kit = new PluginKit(Files.createDirectories(temp.resolve("work")));
  }

  @Test
  void startsAPluginWithItsConfigAndPlacesByIt() throws Exception {
    add(
        data,
        "good",
        """
        config:
          node: {type: string, default: n2, doc: Where all goes.}
        """,
        kit.entryJar(
            "String node; void onStart(PluginContext c) { node = (String) c.config().get(\"node\"); c.count(\"starts\", 1); }",
            "return new Choice(List.of(node), node);"));

    try (Plugins plugins = load(Map.of("good", Map.of("node", "n3")), Optional.empty())) {
      assertThat(plugins.placement().name()).isEqualTo("good/default");
      assertThat(plugins.placement().version()).isEqualTo("1.2.3");
      assertThat(plugins.placement().policy().choose(request(1)).nodeIds()).containsExactly("n3");
      PluginReport report = plugins.reports().getFirst();
      assertThat(report.state()).isEqualTo(State.STARTED);
      assertThat(report.policies())
          .containsExactly(
              new PluginReport.Policy(
                  "good/default", PluginReport.Kind.PLACEMENT, true, 1, 0, 0, 0, "CLOSED"));
    }
  }

  @Test
  void failsAPluginThatThrowsAnythingAtAllAndRunsOn() throws Exception {
    add(
        data,
        "throws",
        "",
        kit.entryJar(
            "void onStart(PluginContext c) { throw new IllegalStateException(\"no\"); }",
            ORDINARY));
    add(
        data,
        "static-init",
        "",
        kit.entryJar("static final int X = 1 / Integer.parseInt(\"0\");", ORDINARY));
    add(
        data,
        "overflow",
        "",
        kit.entryJar("void onStart(PluginContext c) { onStart(c); }", ORDINARY));
    add(
        data,
        "memory",
        "",
        kit.entryJar(
            "void onStart(PluginContext c) { long[][] a = new long[100000][]; for (int i = 0; i < a.length; i++) a[i] = new long[Integer.MAX_VALUE]; }",
            ORDINARY));
    add(
        data,
        "hangs",
        "",
        kit.entryJar(
            "void onStart(PluginContext c) { while (true) { try { Thread.sleep(1000); } catch (InterruptedException e) { } } }",
            ORDINARY));
    add(
        data,
        "evil-message",
        "",
        kit.entryJar(
            "void onStart(PluginContext c) { throw new RuntimeException() { public String getMessage() { throw new IllegalStateException(); } }; }",
            ORDINARY));
    add(
        data,
        "no-plugin",
        "",
        kit.jar(Map.of("demo.Entry", "package demo; public class Entry {}"), Map.of()));
    add(data, "good", "", kit.entryJar("", ORDINARY));

    try (Plugins plugins = load()) {
      assertState(plugins, "throws", State.FAILED, "IllegalStateException: no");
      assertState(plugins, "static-init", State.FAILED, "ArithmeticException: / by zero");
      assertState(plugins, "overflow", State.FAILED, "StackOverflowError");
      assertState(plugins, "memory", State.FAILED, "OutOfMemoryError");
      assertState(plugins, "hangs", State.FAILED, "No answer within");
      assertState(plugins, "evil-message", State.FAILED, "cannot be read");
      assertState(plugins, "no-plugin", State.FAILED, "must be a public class");
      assertState(plugins, "good", State.STARTED, "");
      assertThat(plugins.placement().name()).isEqualTo("good/default");
    }
  }

  @Test
  void failsAPluginWhoseClassNeedsAMissingOne() throws Exception {
    byte[] library =
        kit.jar(
            Map.of(
                "lib.Gone",
                "package lib; public class Gone { public static int x() { return 1; } }"),
            Map.of());
    Path jar = Files.write(temp.resolve("gone.jar"), library);
    add(
        data,
        "linkage",
        "",
        kit.jar(
            Map.of(
                "demo.Entry",
                PluginKit.entry("void onStart(PluginContext c) { lib.Gone.x(); }", ORDINARY)),
            Map.of(),
            jar));

    try (Plugins plugins = load()) {
      assertState(plugins, "linkage", State.FAILED, "NoClassDefFoundError");
    }
  }

  @Test
  void refusesBeforeAnyClassLoads() throws Exception {
    String touch = "static { System.setProperty(\"plugin.touched\", \"yes\"); }";
    byte[] jar = kit.entryJar(touch, ORDINARY);
    PluginKit.folder(
        data,
        "newer-spi",
        PluginKit.yaml("newer-spi", "demo.Entry").replace("<2", "<9").replace("=1.0", "=2.0"),
        Map.of("a.jar", jar));
    PluginKit.folder(
        data,
        "newer-java",
        PluginKit.yaml("newer-java", "demo.Entry") + "java: 99\n",
        Map.of("a.jar", jar));
    PluginKit.folder(
        data, "other-name", PluginKit.yaml("name", "demo.Entry"), Map.of("a.jar", jar));
    PluginKit.folder(
        data, "no-entry", PluginKit.yaml("no-entry", "demo.Gone"), Map.of("a.jar", jar));
    PluginKit.folder(
        data,
        "bad-jar",
        PluginKit.yaml("bad-jar", "demo.Entry"),
        Map.of("a.jar", new byte[] {1, 2, 3}));
    PluginKit.folder(
        data, "bad-config", PluginKit.yaml("bad-config", "demo.Entry"), Map.of("a.jar", jar));
    PluginKit.folder(
        data,
        "bundles-spi",
        PluginKit.yaml("bundles-spi", "demo.Entry"),
        Map.of(
            "a.jar",
            jar,
            "b.jar",
            kit.jar(
                Map.of("dev.holdfast.spi.Own", "package dev.holdfast.spi; public class Own {}"),
                Map.of())));
    PluginKit.folder(
        data,
        "bundles-versioned-spi",
        PluginKit.yaml("bundles-versioned-spi", "demo.Entry"),
        Map.of(
            "a.jar",
            jar,
            "b.jar",
            kit.jar(Map.of(), Map.of("META-INF/versions/25/dev/holdfast/spi/Own.class", "x"))));
    Files.createDirectories(data.resolve("empty"));
    Files.write(data.resolve("stray.jar"), jar);

    try (Plugins plugins = load(Map.of("bad-config", Map.of("colour", "red")), Optional.empty())) {
      assertState(
          plugins,
          "newer-spi",
          State.REFUSED,
          "runs on SPI >=2.0.0 <9.0.0, and this node has SPI 1.");
      assertState(plugins, "newer-java", State.REFUSED, "needs Java 99");
      assertState(plugins, "other-name", State.REFUSED, "both must be the same");
      assertState(plugins, "no-entry", State.REFUSED, "demo.Gone is in no jar");
      assertState(plugins, "bad-jar", State.REFUSED, "lib/a.jar: It is not a readable jar");
      assertState(plugins, "bad-config", State.REFUSED, "Unknown key 'colour'");
      assertState(plugins, "bundles-spi", State.REFUSED, "scope 'provided'");
      assertState(plugins, "bundles-versioned-spi", State.REFUSED, "scope 'provided'");
      assertState(plugins, "empty", State.REFUSED, "plugin.yaml: The file is missing");
      assertState(plugins, "stray.jar", State.REFUSED, "plugins/<id>/");
      assertThat(plugins.placement().name()).isEqualTo("built-in/default");
      assertThat(System.getProperty("plugin.touched")).isNull();
    }
  }

  @Test
  void doesNotStartTheNodeWithoutARequiredPlugin() {
    add(
        data,
        "needed",
        "required: true\n",
        kit.entryJar(
            "void onStart(PluginContext c) { throw new IllegalStateException(\"no\"); }",
            ORDINARY));

    assertThatThrownBy(this::load)
        .isInstanceOf(PluginRequiredException.class)
        .hasMessageContaining("needed")
        .hasMessageContaining("holdfast plugin remove needed");

    PluginKit.folder(
        data,
        "needed",
        PluginKit.yaml("needed", "demo.Entry").replace("=1.0 <2", "=7") + "required: true\n",
        Map.of());
    assertThatThrownBy(this::load)
        .isInstanceOf(PluginRequiredException.class)
        .hasMessageContaining("SPI");
  }

  @Test
  void givesEachPluginItsOwnVersionOfALibraryAndItsOwnResources() throws Exception {
    for (String version : List.of("one", "two")) {
      byte[] library =
          kit.jar(
              Map.of(
                  "shared.Library",
                  "package shared; public class Library { public static String version() { return \""
                      + version
                      + "\"; } }"),
              Map.of("shared/name.txt", version, "java/lang/Object.class", "hidden"));
      Path jar = Files.write(temp.resolve(version + ".jar"), library);
      byte[] entry =
          kit.jar(
              Map.of(
                  "demo.Entry",
                  PluginKit.entry(
                      """
                      String seen;
                      void onStart(PluginContext c) {
                        ClassLoader own = getClass().getClassLoader();
                        if (Thread.currentThread().getContextClassLoader() != own) throw new IllegalStateException("context");
                        try (var in = own.getResourceAsStream("shared/name.txt")) {
                          seen = shared.Library.version() + "," + new String(in.readAllBytes());
                          seen += "," + own.getResource("java/lang/Object.class").getProtocol();
                          seen += "," + Collections.list(own.getResources("java/lang/Object.class")).size();
                        } catch (java.io.IOException e) { throw new IllegalStateException(e); }
                        for (String hidden : List.of("org.slf4j.Logger", "dev.holdfast.node.plugin.PluginLoader", "org.junit.jupiter.api.Test")) {
                          try { Class.forName(hidden); throw new IllegalStateException("sees " + hidden); }
                          catch (ClassNotFoundException e) { }
                        }
                        try { Class.forName("java.sql.Connection"); } catch (ClassNotFoundException e) { throw new IllegalStateException(e); }
                      }
                      """,
                      "return new Choice(ordinary.choose(request).nodeIds(), seen);")),
              Map.of(),
              jar);
      PluginKit.folder(
          data,
          version,
          PluginKit.yaml(version, "demo.Entry"),
          Map.of("entry.jar", entry, "library.jar", library));
    }

    for (String version : List.of("one", "two")) {
      try (Plugins plugins = load(Map.of(), Optional.of(version + "/default"))) {
        assertThat(plugins.reports()).allMatch(report -> report.state() == State.STARTED);
        assertThat(plugins.placement().policy().choose(request(2)).explanation())
            .isEqualTo(version + "," + version + ",jar,2");
      }
    }
  }

  @Test
  void keepsRunningTheVersionThatItStartedWhileAnotherIsInstalled() throws Exception {
    PluginInstaller installer = new PluginInstaller(data);
    for (String version : List.of("old", "new")) {
      byte[] late =
          kit.jar(
              Map.of(
                  "lib.Late",
                  "package lib; public class Late { public static String text() { return \""
                      + version
                      + "\"; } }"),
              Map.of());
      byte[] entry =
          kit.jar(
              Map.of(
                  "demo.Entry",
                  PluginKit.entry(
                      "",
                      "return new Choice(ordinary.choose(request).nodeIds(), lib.Late.text());")),
              Map.of(),
              Files.write(temp.resolve("late.jar"), late));
      // The second jar is not needed before the first question.
      Path zip =
          kit.pluginZip(PluginKit.yaml("p", "demo.Entry"), Map.of("a.jar", entry, "z.jar", late));
      if (version.equals("old")) {
        installer.install(zip);
      } else {
        try (Plugins running = load()) {
          installer.install(zip);
          assertThat(running.placement().policy().choose(request(1)).explanation())
              .isEqualTo("old");
        }
      }
    }
    try (Plugins restarted = load()) {
      assertThat(restarted.placement().policy().choose(request(1)).explanation()).isEqualTo("new");
    }
  }

  @Test
  void choosesThePolicyByConfigElseTheOnlyOneOfTheDataFolderElseTheDefault() throws Exception {
    add(distribution, "placement-rendezvous", "", kit.entryJar("", ORDINARY));
    assertPlacement(Optional.empty(), "placement-rendezvous/default");

    add(data, "mine", "", kit.entryJar("", ORDINARY));
    assertPlacement(Optional.empty(), "mine/default");
    assertPlacement(Optional.of("placement-rendezvous/default"), "placement-rendezvous/default");

    add(data, "yours", "", kit.entryJar("", ORDINARY));
    assertPlacement(Optional.empty(), "placement-rendezvous/default");

    assertThatThrownBy(() -> load(Map.of(), Optional.of("mine")))
        .hasMessageContaining("placement.policy");
  }

  /** Copies would go to places that the operator did not choose, and stay there. */
  @Test
  void doesNotStartWithAPolicyThatNoStartedPluginOffers() throws Exception {
    add(
        data,
        "mine",
        "",
        kit.entryJar(
            "public void stop() { System.setProperty(\"policy.mine\", \"stopped\"); }", ORDINARY));
    add(
        data,
        "hasty",
        "",
        kit.entryJar(
            "void onStart(PluginContext c) { throw new IllegalStateException(\"no licence\"); }",
            ORDINARY));

    assertUnknown("yours/default", "there is no plugin yours", "mine/default");
    assertUnknown("mine/other", "plugin mine 1.2.3 has no such policy", "mine/default");
    assertUnknown("hasty/default", "plugin hasty is FAILED", "no licence");
    assertThat(System.getProperty("policy.mine")).as("what had started").isEqualTo("stopped");
    assertPlacement(Optional.of("mine/default"), "mine/default");
  }

  private void assertUnknown(String policy, String... told) {
    assertThatThrownBy(() -> load(Map.of(), Optional.of(policy)))
        .isInstanceOf(UnknownPolicyException.class)
        .hasMessageContaining("placement.policy is '" + policy + "'")
        .hasMessageContainingAll(told);
  }

  @Test
  void prefersTheDataFolderForTheSameId() throws Exception {
    add(distribution, "twice", "", kit.entryJar("", ORDINARY));
    add(data, "twice", "", kit.entryJar("", ORDINARY));

    try (Plugins plugins = load()) {
      assertThat(plugins.reports()).hasSize(1).allMatch(report -> report.source() == Source.DATA);
    }
  }

  @Test
  void stopsPluginsAndSurvivesOneThatWillNot() throws Exception {
    String stop = "public void stop() { System.setProperty(\"%s\", \"stopped\"); %s }";
    add(data, "a", "", kit.entryJar(stop.formatted("plugin.a", ""), ORDINARY));
    add(data, "b", "", kit.entryJar(stop.formatted("plugin.b", "throw new Error();"), ORDINARY));

    load().close();

    assertThat(System.clearProperty("plugin.a")).isEqualTo("stopped");
    assertThat(System.clearProperty("plugin.b")).isEqualTo("stopped");
  }

  @Test
  void aPluginThatNeedsMoreToBeMadeIsToldWhatIsNeeded() throws Exception {
    add(data, "greedy", "", kit.entryJar("public Entry(String more) {}", ORDINARY));

    try (Plugins plugins = load()) {
      assertState(
          plugins,
          "greedy",
          State.FAILED,
          "demo.Entry needs a public constructor without parameters");
    }
  }

  @Test
  void anInstalledPluginThatDoesNotRunIsAWarningOfTheNode() throws Exception {
    add(
        data,
        "hasty",
        "",
        kit.entryJar(
            "void onStart(PluginContext c) { throw new IllegalStateException(\"no licence\"); }",
            ORDINARY));
    add(data, "strange", "what: is this\n", kit.entryJar("", ORDINARY));
    add(data, "fine", "", kit.entryJar("", ORDINARY));

    try (Plugins plugins = load(Map.of(), Optional.of("fine/default"))) {
      assertThat(plugins.warnings()).hasSize(2);
      assertThat(String.join("; ", plugins.warnings()))
          .contains("plugin hasty failed")
          .contains("no licence")
          .contains("plugin strange is refused")
          .contains("Placement is by fine/default");
    }
  }

  private static void add(Path plugins, String id, String more, byte[] jar) {
    PluginKit.folder(
        plugins, id, PluginKit.yaml(id, "demo.Entry") + more, Map.of("entry.jar", jar));
  }

  private Plugins load() throws Exception {
    return load(Map.of(), Optional.empty());
  }

  private Plugins load(Map<String, Map<String, Object>> config, Optional<String> policy)
      throws Exception {
    return new PluginLoader(
            new PluginSetup("n1", distribution, data, config, policy),
            LIMITS,
            System::nanoTime,
            new SimpleMeterRegistry())
        .load();
  }

  private void assertPlacement(Optional<String> configured, String expected) throws Exception {
    try (Plugins plugins = load(Map.of(), configured)) {
      assertThat(plugins.placement().name()).isEqualTo(expected);
      assertThat(plugins.placement().policy().choose(request(2)).nodeIds()).hasSize(2);
    }
  }

  private static void assertState(Plugins plugins, String id, State state, String reason) {
    assertThat(plugins.reports())
        .filteredOn(report -> report.id().equals(id))
        .singleElement()
        .satisfies(report -> {
          assertThat(report.state()).isEqualTo(state);
          assertThat(report.reason()).contains(reason);
        });
  }

  private static Request request(int copies) {
    return new Request(PluginKit.map(3), "key", copies);
  }
}
