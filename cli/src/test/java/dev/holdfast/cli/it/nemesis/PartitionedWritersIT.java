// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.cli.it.Cli;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireJson;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Both sides of a partition write the same keys: nothing is lost, and somebody merges them. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class PartitionedWritersIT {
  private static final int NODES = 3;
  private static final int ALONE = 2;
  private static final List<String> NAMES =
      IntStream.range(0, 20).mapToObj(i -> "f%02d".formatted(i)).toList();
  private static final Duration SOON = Duration.ofMinutes(2);

  @TempDir private Path folder;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  @Test
  void bothSidesKeepTheirVersionsUntilTheyAreMerged() throws Exception {
    assumeThat(NetworkLab.obstacleToCuts()).isEmpty();
    try (http;
        NetworkLab lab = NetworkLab.create(NODES);
        LocalCluster cluster = start(lab)) {
      Cli cli = new Cli(cluster);
      put(cli, cluster.node(0), "base");
      awaitCopies(cluster);

      isolate(lab, ALONE);
      bothSidesWrite(cli, cluster);
      rejoin(lab, ALONE);

      awaitConflicts(cluster, NAMES.size());
      assertThat(run(cli, cluster.node(1), "conflicts")).contains("20 keys are in conflict");
      awaitCopies(cluster);
      Map<String, Graph> unmerged = graphs(cluster.node(0));
      assertThat(unmerged.values())
          .allSatisfy(graph -> assertThat(graph.states()).hasSize(3))
          .allSatisfy(graph -> assertThat(graph.heads()).hasSize(2));
      everyNodeHasAll(lab, cluster, unmerged);
      awaitConflicts(cluster, NAMES.size());
      assertThat(graphs(cluster.node(1))).as("after a second rejoin").isEqualTo(unmerged);

      mergeAll(cli, cluster);
      awaitConflicts(cluster, 0);
      awaitCopies(cluster);
      Map<String, Graph> merged = graphs(cluster.node(0));
      assertThat(merged.values())
          .allSatisfy(graph -> assertThat(graph.states()).hasSize(4))
          .allSatisfy(graph -> assertThat(graph.heads()).hasSize(1));
      everyNodeHasAll(lab, cluster, merged);
      assertThat(graphs(cluster.node(ALONE))).as("after the last rejoin").isEqualTo(merged);
    }
  }

  private void bothSidesWrite(Cli cli, LocalCluster cluster) throws Exception {
    LocalNode alone = cluster.node(ALONE);
    assertThat(put(cli, alone, "alone")).contains("20 provisional");
    assertThat(put(cli, cluster.node(0), "majority")).doesNotContain("provisional");
    Path read = folder.resolve("read");
    assertThat(run(cli, alone, "get", "p/f07", read.toString())).contains("cut off");
    assertThat(read).hasContent(content("base", "f07"));
    assertThat(run(cli, alone, "get", "p/f07", read.toString(), "--read", "provisional_allowed"))
        .contains("is provisional")
        .contains("cut off");
    assertThat(read).hasContent(content("alone", "f07"));
  }

  private LocalCluster start(NetworkLab lab) {
    LocalCluster.Builder builder =
        LocalCluster.builder()
            .nodes(NODES)
            .startDeadline(Duration.ofMinutes(3))
            .option("network.insecureCidr", lab.cidr());
    for (int i = 0; i < NODES; i++) {
      builder.host("n" + (i + 1), lab.address(i), lab.runner(i));
    }
    return builder.start();
  }

  private static void isolate(NetworkLab lab, int node) {
    IntStream.range(0, NODES).filter(i -> i != node).forEach(other -> lab.cut(node, other));
  }

  private static void rejoin(NetworkLab lab, int node) {
    IntStream.range(0, NODES).filter(i -> i != node).forEach(other -> lab.mend(node, other));
  }

  private String put(Cli cli, LocalNode node, String writer) throws Exception {
    Path sources = Files.createDirectory(folder.resolve(writer));
    List<String> command = new ArrayList<>(List.of("put"));
    for (String name : NAMES) {
      command.add(Files.writeString(sources.resolve(name), content(writer, name)).toString());
    }
    command.addAll(List.of("p/", "--patience", "90s"));
    return run(cli, node, command.toArray(String[]::new));
  }

  private static String content(String writer, String name) {
    return writer + " " + name;
  }

  private static String run(Cli cli, LocalNode node, String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--server", node.apiUri().toString()));
    Cli.Result result = cli.run(all.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.output()).isZero();
    return result.output();
  }

  /** The first with a file of its own, the others with what the node alone had written. */
  private void mergeAll(Cli cli, LocalCluster cluster) throws Exception {
    Path file = Files.writeString(folder.resolve("merged"), "of both");
    run(cli, cluster.node(0), "merge", "p/" + NAMES.getFirst(), file.toString());
    for (int i = 1; i < NAMES.size(); i++) {
      String key = "p/" + NAMES.get(i);
      String branch =
          graph(cluster.node(0), key).states().entrySet().stream()
              .filter(version -> version.getValue().equals("provisional"))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElseThrow();
      LocalNode node = cluster.node(i % NODES);
      run(cli, node, "merge", key, "--take", branch.substring(0, 16));
      assertThat(text(node, object(key))).isEqualTo(content("alone", NAMES.get(i)));
    }
  }

  /**
   * The graph of a key.
   *
   * @param states by version
   */
  private record Graph(String confirmed, Set<String> heads, Map<String, String> states) {}

  private Map<String, Graph> graphs(LocalNode node) throws Exception {
    Map<String, Graph> graphs = new TreeMap<>();
    for (String name : NAMES) {
      graphs.put("p/" + name, graph(node, "p/" + name));
    }
    return graphs;
  }

  private Graph graph(LocalNode node, String key) throws Exception {
    ObjectBodies.Versions found =
        WireJson.answers()
            .readValue(text(node, object(key) + "?versions"), ObjectBodies.Versions.class);
    return new Graph(
        String.valueOf(found.confirmed()),
        Set.copyOf(found.heads()),
        found.versions().stream()
            .collect(
                Collectors.toMap(
                    ObjectBodies.Version::version,
                    ObjectBodies.Version::state,
                    (one, _) -> one,
                    TreeMap::new)));
  }

  /** Each node by itself: what it answers then can come from its own disk alone. */
  private void everyNodeHasAll(NetworkLab lab, LocalCluster cluster, Map<String, Graph> graphs)
      throws Exception {
    lab.cut(0, 1);
    isolate(lab, ALONE);
    for (LocalNode node : cluster.nodes()) {
      Await.until(SOON, node + " is on its own", () -> isCutOff(node));
      for (Map.Entry<String, Graph> known : graphs.entrySet()) {
        assertThat(graph(node, known.getKey()).heads())
            .as("heads of %s at %s", known.getKey(), node)
            .isEqualTo(known.getValue().heads());
        for (String version : known.getValue().states().keySet()) {
          assertThat(text(node, object(known.getKey()) + "?version=" + version))
              .as("%s of %s at %s", version, known.getKey(), node)
              .isNotEmpty();
        }
      }
    }
    lab.mend(0, 1);
    rejoin(lab, ALONE);
    for (LocalNode node : cluster.nodes()) {
      Await.until(SOON, node + " has rejoined", () -> isLinearizable(node));
    }
  }

  private boolean isCutOff(LocalNode node) {
    return consistency(node).equals("local");
  }

  private boolean isLinearizable(LocalNode node) {
    return consistency(node).equals("linearizable");
  }

  private String consistency(LocalNode node) {
    HttpResponse<String> answer = Await.get(() -> send(node, object("p/" + NAMES.getFirst())));
    return answer.headers().firstValue(ObjectBodies.CONSISTENCY_HEADER).orElse("");
  }

  private void awaitConflicts(LocalCluster cluster, int count) {
    cluster.nodes().forEach(node -> awaitConflicts(node, count));
  }

  private void awaitConflicts(LocalNode node, int count) {
    int[] seen = {-1};
    Await.until(
        SOON,
        () -> "%d conflicts at %s, not %d".formatted(count, node, seen[0]),
        () -> {
          HttpResponse<String> answer = Await.get(() -> send(node, "/v1/conflicts?prefix=p/"));
          if (answer.statusCode() != 200) {
            return false;
          }
          ObjectBodies.Conflicts page =
              WireJson.answers().readValue(answer.body(), ObjectBodies.Conflicts.class);
          seen[0] = page.conflicts().size();
          return page.complete() && seen[0] == count;
        });
  }

  /** No node owes a copy to another one. */
  private void awaitCopies(LocalCluster cluster) {
    Await.until(
        SOON,
        () -> "all copies are where they belong\n" + cluster.logTails(),
        () ->
            cluster.nodes().stream()
                .allMatch(node ->
                    Await.get(() -> send(node, "/metrics"))
                        .body()
                        .lines()
                        .anyMatch(line -> line.matches("holdfast_objects_queued 0(\\.0)?"))));
  }

  private static String object(String key) {
    return "/v1/objects/" + UriText.path(key);
  }

  private String text(LocalNode node, String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = send(node, path);
    assertThat(answer.statusCode()).as("%s at %s: %s", path, node, answer.body()).isEqualTo(200);
    return answer.body();
  }

  private HttpResponse<String> send(LocalNode node, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create(node.apiUri() + path);
    return http.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
