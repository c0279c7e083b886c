// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What reaches standard output, and what becomes of a command when nothing more does. */
final class OutputTest {
  private final FakeCluster cluster;
  private final Shell shell;

  OutputTest(@TempDir Path folder) throws IOException {
    cluster = new FakeCluster();
    shell = Shell.in(folder);
    cluster.plant("big", "x".repeat(3_000_000), Map.of());
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** Takes some bytes, then fails as the system would. */
  private static final class Failing extends OutputStream {
    private final String reason;
    private final int room;
    private int taken;

    Failing(String reason, int room) {
      this.reason = reason;
      this.room = room;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[1], 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      taken += length;
      if (taken > room) {
        throw new IOException(reason);
      }
    }
  }

  private String[] line(String command) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    if (!command.startsWith("-") && !command.startsWith("help")) {
      words.addAll(List.of("--server", cluster.url()));
    }
    return words.toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get big -",
        "kv get a",
        "kv get a --json",
        "ls",
        "ls --json",
        "cluster status",
        "cluster status --json",
        "cluster list",
        "put . many --json",
        "--version",
        "--help",
        "help put"
      })
  void anOutputThatCannotBeWrittenIsAnError(String command) {
    Shell.Result result =
        shell.runInto(new Failing("No space left on device", 0), "", line(command));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("standard output").contains("No space left on device");
  }

  @Test
  void aCommandEndsWithItsReaderWithoutAWord() {
    Failing pipe = new Failing("Broken pipe", 100_000);

    Shell.Result result = shell.runInto(pipe, "", line("get big -"));

    assertThat(result.exitCode()).isEqualTo(141);
    assertThat(result.err()).isEmpty();
    assertThat(pipe.taken).as("the rest is not fetched").isLessThan(1_000_000);
  }

  @Test
  void whatFailedBeforeTheOutputDidKeepsItsExitCode() {
    cluster.fail("/v1/cluster", 503, "NO_MAJORITY");

    Shell.Result result =
        shell.runInto(
            new Failing("No space left on device", 0), "", line("cluster status --patience 1ms"));

    assertThat(result.exitCode()).isEqualTo(5);
  }

  @Test
  void controlCharactersOfOthersAreShownOnATerminalAndKeptElsewhere() {
    String key = "a\u001b]0;title\u0007\nb\u202etxt.exe\u009b2J";
    cluster.plant(key, "1", Map.of());

    assertThat(shell.run(line("ls -r")).out()).contains(key);
    assertThat(shell.onTerminal().run(line("ls -r")).out())
        .contains("a\\u001b]0;title\\u0007\\u000ab\\u202etxt.exe\\u009b2J")
        .doesNotContain("\u001b", "\u0007", "\u202e", "\u009b");

    String json = shell.onTerminal().run(line("ls -r --json")).out();
    assertThat(json).doesNotContain("\u001b", "\u0007", "\u202e", "\u009b");
    assertThat(Terminal.JSON.readTree(json))
        .isEqualTo(Terminal.JSON.readTree(shell.run(line("ls -r --json")).out()));
  }

  @Test
  void aMessageOfAServerCannotForgeALineOfOurs() {
    Shell.Result result = shell.onTerminal().run("get", "x", "a\u001b[1A", "--server", "h\nok: 1");

    assertThat(result.err()).doesNotContain("\u001b").doesNotContain("\nok");
  }

  @Test
  void aValueIsItsBytesAndGetsALineBreakOnATerminalAlone() {
    assertThat(shell.run(line("kv get a")).out()).isEqualTo("{ }");
    assertThat(shell.onTerminal().run(line("kv get a")).out()).isEqualTo("{ }\n");
  }
}
