// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Somebody changes a file without the cluster, and brings it back after others have changed it. */
@HoldfastCluster
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VersionsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final LocalCluster cluster;
  private final Cli cli;

  @TempDir private Path folder;

  VersionsIT(LocalCluster cluster) {
    this.cluster = cluster;
    this.cli = new Cli(cluster);
  }

  private String ok(int node, String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--server", cluster.node(node).apiUri().toString()));
    Cli.Result result = cli.run(all.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.output()).isZero();
    return result.output();
  }

  private String put(String content, String... more) throws Exception {
    Path file = Files.writeString(folder.resolve("plan.md"), content);
    List<String> command = new ArrayList<>(List.of("put", file.toString(), "plan.md"));
    command.addAll(List.of(more));
    return ok(0, command.toArray(String[]::new));
  }

  @Test
  void aVersionFromElsewhereIsABranchUntilSomebodyMergesIt() throws Exception {
    try (Rest rest = new Rest()) {
      put("begun");
      String begun = graph(rest).path("confirmed").asString();
      put("changed here");
      String here = graph(rest).path("confirmed").asString();

      assertThat(put("changed elsewhere", "--parents", begun.substring(0, 12)))
          .contains("provisional")
          .contains("plan.md is in conflict")
          .contains("holdfast merge plan.md --take ID");
      assertThat(ok(1, "conflicts"))
          .contains(here.substring(0, 12))
          .contains("1 keys are in conflict");
      assertThat(ok(2, "log", "plan.md")).contains("plan.md has 2 heads").contains("|-'");
      assertThat(read(2)).isEqualTo("changed here");
      assertThat(read(1, "--version", begun.substring(0, 12))).isEqualTo("begun");

      Path merged = Files.writeString(folder.resolve("merged.md"), "changed by both");
      assertThat(ok(2, "merge", "plan.md", merged.toString())).contains("confirmed");

      // A merge is answered before each node knows of it.
      Await.until(
          SOON,
          "no conflict is left",
          () -> Await.get(() -> ok(0, "conflicts")).contains("no conflicts"));
      assertThat(read(0)).isEqualTo("changed by both");
      assertThat(graph(rest).path("versions")).hasSize(4);
      assertThat(graph(rest).path("heads")).hasSize(1);
    }
  }

  private String read(int node, String... more) throws Exception {
    Path file = folder.resolve("read");
    List<String> command = new ArrayList<>(List.of("get", "plan.md", file.toString()));
    command.addAll(List.of(more));
    assertThat(ok(node, command.toArray(String[]::new))).contains("read plan.md");
    return Files.readString(file);
  }

  private JsonNode graph(Rest rest) throws Exception {
    return rest.json(cluster.node(1), "/v1/objects/plan.md?versions");
  }
}
