// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PolicyCommandsTest {
  private static final String LOCK =
      """
      machine: lock
      format: 1
      data: { holder: "string(1..9)?", fence: "int(0..) = 0" }
      initial: free
      states:
        free: { label: Free }
        held: { label: Held, need: [holder], timers: [ { idle: 1m, fire: expire } ] }
      transitions:
        acquire: { label: Take, from: free, to: held, args: { client: "string(1..9)" }, set: { holder: args.client, fence: old.fence + 1 } }
        expire: { label: Expire, by: timer, from: held, to: free, set: { holder: ~ } }
      tests:
        - { test: the first fence is one, when: acquire, args: { client: ann }, then: { data: { fence: 1 } } }
      """;

  @TempDir private Path folder = Path.of("");
  private Shell shell = Shell.in(folder);

  @BeforeEach
  void begin() throws IOException {
    shell = Shell.in(folder);
    write("lock.yaml", LOCK);
  }

  @Test
  void checkSaysThatAMachineIsSound() {
    Shell.Result result = shell.run("policy", "check", "lock.yaml");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("lock.yaml: machine lock is sound, ", "1 files, 0 errors, 0 warnings");
  }

  @Test
  void checkReportsEveryProblemWithItsPlaceAndRefuses() throws IOException {
    write(
        "wrong.yaml",
        LOCK.replace("old.fence + 1", "old.fense + 1").replace("to: held,", "to: heldd,"));

    Shell.Result result = shell.run("policy", "check", ".");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.out())
        .contains(
            "/wrong.yaml:9:43: error SM301: there is no state 'heldd'",
            "error DS110: unknown field 'fense'",
            "help: did you mean 'fence'?",
            "lock.yaml: machine lock is sound, ",
            "2 files, 2 errors");
    assertThat(shell.run("policy", "check", "wrong.yaml", "--json").out())
        .contains(
            "\"errors\" : 2", "\"code\" : \"DS110\"", "\"line\" : 9", "\"level\" : \"error\"");
  }

  @Test
  void testRunsWhatTheFileBrings() throws IOException {
    write("wrong.yaml", LOCK.replace("fence: 1 }", "fence: 2 }"));

    Shell.Result good = shell.run("policy", "test", "lock.yaml");
    Shell.Result wrong = shell.run("policy", "test", "wrong.yaml");

    assertThat(good.exitCode()).isZero();
    assertThat(good.out()).contains("ok     lock: the first fence is one", "1 tests, 0 failed");
    assertThat(wrong.exitCode()).isEqualTo(4);
    assertThat(wrong.out()).contains("FAILED lock", "wrong.yaml:12: fence is 1, not 2");
    assertThat(shell.run("policy", "test", "wrong.yaml", "--json").out())
        .contains("\"failed\" : 1", "\"passed\" : false");
  }

  @Test
  void walkTakesSteps() {
    Shell.Result result =
        shell.run(
            "policy",
            "walk",
            "lock.yaml",
            "--do",
            "acquire client=ann",
            "--do",
            "acquire client=bob",
            "--do",
            "wait 1m");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains(
            "acquire: free to held",
            "held, version 1, {fence=1, holder=ann}, expire at 2026-01-01T00:01:00Z",
            "refused, WRONG_STATE: 'acquire' does not leave state 'held'",
            "expire: held to free",
            "free, version 2, {fence=1}");
    assertThat(shell.run("policy", "walk", "lock.yaml").out())
        .isEqualTo("free: at once\nheld: acquire\n");
    assertThat(shell.run("policy", "walk", "lock.yaml", "--do", "wait long").exitCode())
        .isEqualTo(2);
  }

  @Test
  void walkReadsStepsFromStdin() {
    Shell.Result result =
        shell.runWith(
            "acquire client=ann\nwait soon\n\nwait 2m\n",
            "policy",
            "walk",
            "lock.yaml",
            "--interactive");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("held, version 1", "free, version 2");
    assertThat(result.err()).contains("'soon' is not a duration");
  }

  @Test
  void diagramDraws() {
    assertThat(shell.run("policy", "diagram", "lock.yaml").out())
        .startsWith("stateDiagram-v2\n")
        .contains("s_free --> s_held: acquire");
    assertThat(shell.run("policy", "diagram", "lock.yaml", "--format", "dot").out())
        .startsWith("digraph \"lock\"");
    assertThat(shell.run("policy", "diagram", "lock.yaml", "--machine", "loch").exitCode())
        .isEqualTo(3);
  }

  @Test
  void diffRefusesWhatIsNotCompatible() throws IOException {
    write("wider.yaml", LOCK.replace("idle: 1m", "idle: 2m"));
    write("narrower.yaml", LOCK.replace("holder: \"string(1..9)?\"", "holder: \"string(1..8)?\""));

    Shell.Result wider = shell.run("policy", "diff", "lock.yaml", "wider.yaml");
    Shell.Result narrower = shell.run("policy", "diff", "lock.yaml", "narrower.yaml", "--json");

    assertThat(wider.exitCode()).isZero();
    assertThat(wider.out()).contains("compatible   SM352: state 'held' has other timers");
    assertThat(narrower.exitCode()).isEqualTo(4);
    assertThat(narrower.out()).contains("\"compatible\" : false", "\"code\" : \"SM350\"");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Shell.Result result = shell.run("policy", "check", "gone.yaml");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("gone.yaml does not exist");
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }
}
