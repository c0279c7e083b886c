// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandTreeTest {
  @TempDir private Path folder = Path.of("");
  private FakeCluster cluster;
  private Shell shell;

  CommandTreeTest() throws Exception {
    cluster = new FakeCluster();
    shell = Shell.in(folder);
  }

  @BeforeEach
  void start() {
    shell = Shell.in(folder);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void unknownOptionIsUsageAndNamesTheHelp() {
    Shell.Result result = shell.run("up", "--bogus");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("--bogus").contains("holdfast up --help");
  }

  @ParameterizedTest
  @CsvSource({
    "404, OBJECT_NOT_FOUND, 3",
    "409, LOCK_HELD, 4",
    "412, FENCED, 4",
    "400, BAD_KEY, 2",
    "503, NO_MAJORITY, 5",
    "503, OUTCOME_UNKNOWN, 5", // Of a read there is none.
  })
  void problemOfTheServerBecomesAnExitCode(int status, String code, int exit) {
    cluster.fail("/v1/objects/a", status, code);

    Shell.Result result =
        shell.run("get", "a", "-", "--server", cluster.url(), "--patience", "1ms");

    assertThat(result.exitCode()).isEqualTo(exit);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(code).contains(cluster.url()).contains("next: do this");
  }

  @Test
  void writeWhoseOutcomeStaysUnknownIsToldSo() {
    cluster.fail("/v1/objects/a", 503, "OUTCOME_UNKNOWN");

    Shell.Result result = shell.run("rm", "a", "--server", cluster.url(), "--patience", "1ms");

    assertThat(result.exitCode()).isEqualTo(6);
    assertThat(result.err()).contains("OUTCOME_UNKNOWN").contains(cluster.url());
  }

  @Test
  void aCommandThatIsNearlyRightIsSuggested() {
    assertThat(shell.run("pt", "a", "b").err()).contains("did you mean").contains("put");
    assertThat(shell.run("cluster", "stats").err()).contains("did you mean").contains("status");
  }

  @ParameterizedTest
  @CsvSource({"-3", "-1"})
  void aVersionThatNoKeyHasIsRefusedAndNothingIsWritten(String version) {
    for (String write : List.of("set f v", "rm f")) {
      List<String> line = new java.util.ArrayList<>(List.of("kv"));
      line.addAll(List.of(write.split(" ")));
      line.addAll(List.of("--if-version", version, "--server", cluster.url()));

      Shell.Result result = shell.run(line.toArray(String[]::new));

      assertThat(result.exitCode()).as(write).isEqualTo(2);
      assertThat(result.err()).contains(version);
    }
    assertThat(cluster.count("PUT ")).isZero();
    assertThat(cluster.count("DELETE ")).isZero();
  }

  @Test
  void aLockThatIsTakenHasAnExitCodeOfTheCallersChoice() {
    cluster.fail("/v1/locks/l", 409, "LOCK_HELD");
    String[] plain = {"lock", "l", "--server", cluster.url(), "--", "sh", "-c", "exit 4"};
    String[] chosen = {"lock", "l", "-E", "99", "--server", cluster.url(), "--", "false"};

    assertThat(shell.run(plain).exitCode()).isEqualTo(4);
    assertThat(shell.run(chosen).exitCode()).isEqualTo(99);
    assertThat(shell.run(chosen).err()).contains("LOCK_HELD");
    chosen[3] = "256";
    assertThat(shell.run(chosen).exitCode()).isEqualTo(2);
  }

  @Test
  void hintsAreWhatWorksWhenPasted() {
    assertThat(shell.run("put").err()).contains("'./holdfast put --help'");
    assertThat(shell.run("cluster", "status", "--server", "127.0.0.1:1", "--patience", "1ms").err())
        .contains("'./holdfast up'");
  }

  @Test
  void noServerIsUnavailableAndSaysHowToStartOne() {
    Shell.Result result =
        shell.run("cluster", "status", "--server", "127.0.0.1:1", "--patience", "1ms");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.err()).contains("http://127.0.0.1:1").contains("holdfast up");
  }

  @Test
  void nextServerIsAskedWhenTheFirstDoesNotAnswer() {
    Shell.Result result =
        shell.run("cluster", "status", "--json", "--server", "127.0.0.1:1," + cluster.url());

    assertThat(result.exitCode()).isZero();
    assertThat(Terminal.JSON.readTree(result.out()).path("leader").asString("")).isEqualTo("n1");
  }

  @Test
  void statusSaysWhoAgreesAndWhetherAMajorityAnswers() {
    String[] command = {"cluster", "status", "--server", cluster.url()};
    assertThat(shell.run(command).out()).startsWith("backend raft, leader n1, epoch 3\n");

    cluster.coordinator("raft", false, "follower");
    assertThat(shell.run(command).out())
        .startsWith("backend raft, leader n1, no majority answers, epoch 3\n");

    cluster.coordinator("zookeeper", true, "member");
    assertThat(shell.run(command).out()).startsWith("backend zookeeper, its servers answer, epoch");

    cluster.coordinator("zookeeper", false, "member");
    assertThat(shell.run(command).out())
        .startsWith("backend zookeeper, no majority of its servers answers, epoch 3\n");
  }

  /** Z4: which of the servers is down could only be found by hand. */
  @Test
  void statusListsTheServersOfZooKeeperWithTheirState() {
    cluster.coordinator("zookeeper", true, "member");
    cluster.servers(java.util.Map.of("zk1:2181", "leader", "zk2:2181", "unreachable"));
    String[] command = {"cluster", "status", "--server", cluster.url(), "--json"};

    Shell.Result table = shell.run("cluster", "status", "--server", cluster.url());
    Shell.Result json = shell.run(command);

    assertThat(table.out())
        .containsPattern("zk1:2181 +leader")
        .containsPattern("zk2:2181 +unreach");
    assertThat(
            Terminal.JSON
                .readTree(json.out())
                .path("servers")
                .valueStream()
                .map(server -> server.path("state").asString("")))
        .containsExactlyInAnyOrder("leader", "unreachable");
    cluster.coordinator("raft", true, "follower");
    assertThat(shell.run(command).out()).doesNotContain("servers");
  }

  @Test
  void statusWithoutAMajoritySaysSoByItsExitCodeToo() {
    cluster.coordinator("raft", false, "follower");

    for (String form : List.of("", "--json")) {
      List<String> line =
          new java.util.ArrayList<>(List.of("cluster", "status", "--server", cluster.url()));
      if (!form.isEmpty()) {
        line.add(form);
      }
      Shell.Result result = shell.run(line.toArray(String[]::new));

      assertThat(result.exitCode()).isEqualTo(5);
      assertThat(result.out()).contains("raft");
      assertThat(result.err()).contains("no majority answers");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"remove", "transfer-leader", "add --no-wait --data d"})
  void aNodeIsNamedByAWordOrByAnOptionEverywhere(String command) {
    for (String node : List.of("n7", "--node n7")) {
      String line = "cluster " + command + " " + node + " --server " + cluster.url();

      Shell.Result result = shell.run(line.split(" "));

      assertThat(result.exitCode()).as(line + result.err()).isZero();
      assertThat(result.out()).contains("n7");
    }
    String none = "cluster " + command + " --server " + cluster.url();
    assertThat(shell.run(none.split(" ")).exitCode()).isEqualTo(2);
  }

  @Test
  void aPluginGoesIntoDataFoldersAlone() throws Exception {
    java.nio.file.Path foreign = java.nio.file.Files.createDirectory(folder.resolve("photos"));
    java.nio.file.Files.writeString(folder.resolve("p.zip"), "zip");

    Shell.Result result = shell.run("plugin", "install", "p.zip", "--data", "photos");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.err()).contains("nor the data folder of a node");
    assertThat(foreign).isEmptyDirectory();
  }

  @Test
  void standardInputIsStoredAndReadBack() {
    Shell.Result put =
        shell.runWith("hello", "put", "-", "x/y", "--server", cluster.url(), "--json");
    Shell.Result get = shell.run("get", "x/y", "-", "--server", cluster.url());

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(Terminal.JSON.readTree(put.out()).path("key").asString("")).isEqualTo("x/y");
    assertThat(put.err()).isEmpty();
    assertThat(get.out()).isEqualTo("hello");
  }

  @Test
  void everyCommandHasHelpWithExamples() {
    for (List<String> command : CliReference.commands()) {
      List<String> line = new java.util.ArrayList<>(command);
      line.add("--help");
      Shell.Result result = shell.run(line.toArray(String[]::new));

      assertThat(result.exitCode()).as(line.toString()).isZero();
      assertThat(result.out()).as(line.toString()).contains("Usage:").contains("Examples:");
    }
  }

  @Test
  void refusesToDeleteEverything() {
    assertThat(shell.run("rm", "-r", "/", "--server", cluster.url()).exitCode()).isEqualTo(2);
  }

  @Test
  void removesAPrefixButNotItsNamesake() {
    cluster.plant("a", "1", java.util.Map.of());
    cluster.plant("a/b", "1", java.util.Map.of());
    cluster.plant("ab", "1", java.util.Map.of());

    Shell.Result result = shell.run("rm", "-r", "a/", "--server", cluster.url());

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(cluster.keys()).containsExactly("ab");
  }

  @Test
  void passesTheExitCodeOfTheCommandOnAndGivesItTheToken() {
    Shell.Result result =
        shell.run(
            "lock",
            "nightly",
            "--ttl",
            "5s",
            "--server",
            cluster.url(),
            "--json",
            "--",
            "sh",
            "-c",
            "test \"$HOLDFAST_TOKEN $HOLDFAST_LOCK $HOLDFAST_SESSION\" = '17 nightly s1' && exit 42");

    assertThat(result.exitCode()).as(result.err()).isEqualTo(42);
    assertThat(Terminal.JSON.readTree(result.out()).path("token").asLong()).isEqualTo(17);
    assertThat(cluster.count("DELETE /v1/sessions/s1")).isEqualTo(1);
  }

  @Test
  void stopsTheCommandWhenTheSessionIsGone() {
    cluster.endSession();

    Shell.Result result =
        shell.run("lock", "nightly", "--ttl", "1s", "--server", cluster.url(), "--", "sleep", "60");

    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err()).contains("lost");
  }

  @Test
  void stopsTheCommandWhenNoKeepAliveIsAcknowledged() {
    cluster.fail("/v1/sessions/s1/keepalive", 503, "NO_MAJORITY");

    Shell.Result result =
        shell.run("lock", "nightly", "--ttl", "1s", "--server", cluster.url(), "--", "sleep", "60");

    assertThat(result.exitCode()).isEqualTo(7);
  }
}
