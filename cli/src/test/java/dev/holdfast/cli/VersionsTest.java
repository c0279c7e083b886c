// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.ObjectClient;
import dev.holdfast.client.ReadOptions;
import dev.holdfast.client.WriteOptions;
import dev.holdfast.client.WriteTerms;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireJson;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Branches, merges and old versions, on the command line and in Java, of a real node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class VersionsTest {
  private static final String UNKNOWN = "0".repeat(64);

  @TempDir private Path folder = Path.of("");
  private NodesInProcess node;
  private String api = "";

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    node = new NodesInProcess(data, 1);
    api = node.apis().getFirst();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private Shell.Result run(String input, String... command) {
    List<String> all = new ArrayList<>(Arrays.asList(command));
    all.addAll(List.of("--server", api));
    return Shell.in(folder).runWith(input, all.toArray(String[]::new));
  }

  private Shell.Result ok(String input, String... command) {
    Shell.Result result = run(input, command);
    assertThat(result.exitCode()).as("%s: %s", List.of(command), result.err()).isZero();
    return result;
  }

  /** Stores it, and gives the id of the version. */
  private String put(String key, String content, String... more) {
    List<String> command = new ArrayList<>(List.of("put", "-", key, "--json"));
    command.addAll(List.of(more));
    return json(ok(content, command.toArray(String[]::new))).get("version").asString();
  }

  private static JsonNode json(Shell.Result result) {
    return Terminal.JSON.readTree(result.out());
  }

  @Test
  void aBranchIsShownMergedAndStaysInTheHistory() {
    String first = put("plan", "first");
    String second = put("plan", "second");

    Shell.Result branch = ok("other", "put", "-", "plan", "--parents", first.substring(0, 10));
    assertThat(branch.out()).contains("stored plan (5 B, provisional, 1 of 1 copies so far)");
    assertThat(branch.err())
        .contains("plan is in conflict")
        .contains("'./holdfast merge plan FILE'");
    assertThat(ok("", "get", "plan", "-").out()).isEqualTo("second");
    assertThat(ok("", "get", "plan", "-", "--version", first.substring(0, 8)).out())
        .isEqualTo("first");

    Shell.Result conflicts = ok("", "conflicts", "plan");
    assertThat(conflicts.out().lines()).hasSize(3);
    assertThat(conflicts.out()).contains(second.substring(0, 12)).contains("provisional");
    assertThat(conflicts.err()).contains("1 keys are in conflict");

    Shell.Result log = ok("", "log", "plan");
    assertThat(log.out().lines().filter(line -> line.endsWith("head"))).hasSize(2);
    assertThat(log.out()).contains("\n| *  ").contains("\n|-'\n");
    assertThat(log.err())
        .contains("plan has 2 heads")
        .contains("'./holdfast merge plan --take ID'");

    Shell.Result merged = ok("both", "merge", "plan", "-");
    assertThat(merged.out()).contains("merged plan (4 B, confirmed");
    assertThat(ok("", "get", "plan", "-").out()).isEqualTo("both");
    assertThat(ok("", "conflicts", "plan").err()).contains("no conflicts");
    assertThat(ok("", "log", "plan").out().lines().filter(line -> line.endsWith("head")))
        .hasSize(1);
    assertThat(json(ok("", "log", "plan", "--json")).get("versions")).hasSize(4);
    assertThat(ok("", "log", "plan", "--mermaid").out()).startsWith("flowchart TB");
  }

  @Test
  void aMergeTakesTheBytesOfAVersionAndEndsThoseThatAreNamed() throws Exception {
    String first = put("take", "first");
    put("take", "second");
    Path file = Files.writeString(folder.resolve("b1"), "branch 1");
    ok("", "put", file.toString(), "take", "--parents", first);
    String other = put("take", "branch 2", "--parents", first);
    assertThat(json(ok("", "log", "take", "--json")).get("heads")).hasSize(3);
    String mine = json(ok("", "log", "take", "--json")).get("confirmed").asString();

    Shell.Result partly =
        ok(
            "",
            "merge",
            "take",
            "--parent",
            mine.substring(0, 9),
            "--parent",
            other,
            "--take",
            other.substring(0, 9));
    assertThat(partly.out()).contains("merged take (8 B, confirmed");
    assertThat(ok("", "get", "take", "-").out()).isEqualTo("branch 2");
    assertThat(json(ok("", "log", "take", "--json")).get("heads")).hasSize(2);

    JsonNode all = json(ok("", "merge", "take", file.toString(), "--json"));
    assertThat(all.get("parents")).hasSize(2);
    assertThat(all.get("conflict").asBoolean()).isFalse();
    assertThat(run("x", "merge", "take", "-").exitCode()).isEqualTo(4);
  }

  @Test
  void aWriteMayBeRefusedInsteadOfKeptAsProvisional() {
    String first = put("strict", "first");
    put("strict", "second");

    Shell.Result refused = run("x", "put", "-", "strict", "--parents", first, "--confirmed");
    assertThat(refused.exitCode()).isEqualTo(4);
    assertThat(refused.err()).contains("NOT_ON_HEAD");
    assertThat(json(ok("", "log", "strict", "--json")).get("versions")).hasSize(2);
    assertThat(run("x", "put", "-", "strict", "--confirmed", "--provisional").exitCode())
        .isEqualTo(2);
    assertThat(run("x", "put", "-", "strict", "--confirmed", "--durability", "local").exitCode())
        .isEqualTo(2);
    assertThat(run("", "put", folder.toString(), "strict", "--parents", first).exitCode())
        .isEqualTo(2);
  }

  @Test
  void aProvisionalVersionIsConfirmedOnRequest() {
    put("wait", "first");

    Shell.Result put = ok("second", "put", "-", "wait", "--provisional");
    assertThat(put.out()).contains("provisional");
    assertThat(put.err()).contains("has not agreed").contains("'./holdfast confirm wait ");
    String id =
        json(ok("", "log", "wait", "--json")).get("heads").get(0).asString().substring(0, 12);
    assertThat(ok("", "confirm", "wait", id).out()).contains("confirmed wait (6 B, confirmed");
    assertThat(ok("", "get", "wait", "-", "--read", "confirmed_only").out()).isEqualTo("second");

    put("wait", "x");
    String branch = put("wait", "third", "--parents", id);
    Shell.Result refused = run("", "confirm", "wait", branch);
    assertThat(refused.exitCode()).isEqualTo(4);
    Shell.Result latest = ok("", "get", "wait", "-", "--version", branch);
    assertThat(latest.out()).isEqualTo("third");
    assertThat(latest.err()).contains("is provisional");
  }

  @Test
  void namesOfVersionsAreCheckedBeforeAnythingIsWritten() {
    String first = put("names", "first");

    assertThat(run("x", "put", "-", "names", "--parents", "xyz").exitCode()).isEqualTo(2);
    assertThat(run("", "get", "names", "-", "--version", "0".repeat(20)).exitCode()).isEqualTo(3);
    assertThat(run("", "get", "names", "-", "--version", UNKNOWN).exitCode()).isEqualTo(3);
    assertThat(run("", "confirm", "names", UNKNOWN).exitCode()).isEqualTo(3);
    assertThat(run("", "merge", "names").exitCode()).isEqualTo(2);
    assertThat(run("", "merge", "names", "-", "--take", first).exitCode()).isEqualTo(2);
    assertThat(run("", "log", "nothing").exitCode()).isEqualTo(3);
    assertThat(run("", "log", "names", "--json", "--mermaid").exitCode()).isEqualTo(2);
    assertThat(json(ok("", "log", "names", "--json")).get("versions")).hasSize(1);
  }

  /** Each answer of the node is what the record says, no more and no less. */
  @Test
  void theNodeAndItsClientsUseTheSameRecords() throws Exception {
    try (Holdfast holdfast = Holdfast.connect(api);
        HttpClient http = HttpClient.newHttpClient()) {
      ObjectClient objects = holdfast.objects();
      ObjectBodies.Put first = objects.put("contract", "first".getBytes(UTF_8));
      ObjectBodies.Put second = objects.put("contract", "second".getBytes(UTF_8));
      ObjectBodies.Put branch =
          objects.put(
              "contract", "other".getBytes(UTF_8), WriteOptions.NONE.parents(first.version()));

      assertThat(first.state() + first.conflict()).isEqualTo("confirmedfalse");
      assertThat(branch.state() + branch.conflict()).isEqualTo("provisionaltrue");
      assertThat(branch.copies()).isEqualTo(new ObjectBodies.Copies(1, 1));
      ObjectBodies.Versions graph = objects.versions("contract");
      assertThat(graph.heads()).containsExactlyInAnyOrder(second.version(), branch.version());
      assertThat(graph.confirmed()).isEqualTo(second.version());
      assertThat(objects.conflicts("contract"))
          .singleElement()
          .satisfies(conflict ->
              assertThat(conflict.branches())
                  .extracting(ObjectBodies.Version::version)
                  .containsExactly(branch.version()));
      assertThat(
              objects
                  .head("contract", ReadOptions.DEFAULT.version(branch.version()))
                  .isProvisional())
          .isTrue();
      sameFields(http, "/v1/objects/contract?versions", ObjectBodies.Versions.class);
      sameFields(http, "/v1/conflicts?prefix=contract", ObjectBodies.Conflicts.class);

      ObjectBodies.Put merge =
          objects.mergeTaking("contract", graph.heads(), branch.version(), WriteOptions.NONE);
      assertThat(merge.isProvisional()).isFalse();
      assertThat(merge.parents()).containsExactlyInAnyOrderElementsOf(graph.heads());
      assertThat(objects.confirm("contract", merge.version()).state()).isEqualTo("confirmed");
      assertThat(objects.conflicts("contract")).isEmpty();
      assertThat(objects.delete("contract").deleted()).isTrue();
      try (var reader = objects.get("contract", ReadOptions.DEFAULT.version(first.version()))) {
        assertThat(reader.readAll()).isEqualTo("first".getBytes(UTF_8));
        assertThat(reader.head().consistency()).isNotEmpty();
      }
    }
  }

  private void sameFields(HttpClient http, String path, Class<?> type) throws Exception {
    String body =
        http.send(
                HttpRequest.newBuilder(URI.create(api + path)).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    assertThat(WireJson.answers().readTree(body).propertyNames())
        .isSubsetOf(
            Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList());
    Object read = WireJson.answers().readValue(body, type);
    assertThat(WireJson.answers().readTree(WireJson.answers().writeValueAsString(read)))
        .isEqualTo(WireJson.answers().readTree(body));
  }

  @Test
  void theWordsOfRequestsAreTheSameOnBothSides() {
    assertThat(Arrays.stream(ReadOptions.Mode.values()).map(ReadOptions.Mode::label))
        .containsExactlyElementsOf(Arrays.stream(ReadMode.values()).map(ReadMode::label).toList());
    assertThat(Arrays.stream(WriteTerms.Durability.values()).map(Enum::name))
        .containsExactlyElementsOf(
            Arrays.stream(dev.holdfast.core.version.WriteTerms.Durability.values())
                .map(Enum::name)
                .toList());
    assertThat(Arrays.stream(WriteTerms.Consistency.values()).map(Enum::name))
        .containsExactlyElementsOf(
            Arrays.stream(dev.holdfast.core.version.WriteTerms.Consistency.values())
                .map(Enum::name)
                .toList());
    assertThat(WriteTerms.Durability.MAJORITY.label()).isEqualTo("majority");
  }
}
