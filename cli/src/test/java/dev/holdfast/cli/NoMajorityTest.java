// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two of three nodes are down: what the third one says, which are missing, within the patience. */
final class NoMajorityTest {
  /** Above the patience, for a slow machine; three rounds of the nodes' own limits took 31 s. */
  private static final Duration SLACK = Duration.ofSeconds(8);

  @TempDir private Path folder = Path.of("");
  private String servers = "";

  @Test
  void saysWhichNodesAreMissingAndKeepsThePatience() throws Exception {
    try (NodesInProcess nodes = new NodesInProcess(folder, 3)) {
      servers = String.join(",", nodes.apis());
      assertThat(run("", "put", "-", "k").exitCode()).isZero();
      nodes.stop(1);
      nodes.stop(2);

      for (String[] reading :
          List.of(
              new String[] {"get", "k", "-", "--read", "confirmed_only"},
              new String[] {"kv", "get", "x"},
              new String[] {"lock", "x", "--", "true"})) {
        Shell.Result result = within(Duration.ofSeconds(4), "", reading);
        assertThat(result.exitCode()).as(String.join(" ", reading) + result.err()).isEqualTo(5);
        namesAll(result, nodes);
      }
      Shell.Result put = within(Duration.ofSeconds(4), "bytes", "put", "-", "q", "--confirmed");
      assertThat(put.exitCode()).as(put.err()).isIn(5, 6);
      namesAll(put, nodes);
      goesOnWithWhatTheLastNodeKnows();
    }
  }

  private void goesOnWithWhatTheLastNodeKnows() {
    Shell.Result read = run("", "get", "k", "-");
    assertThat(read.exitCode()).as(read.err()).isZero();
    assertThat(read.err()).contains("cut off from the majority");
    Shell.Result put = run("bytes", "put", "-", "k");
    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(put.out()).contains("stored k (5 B, provisional, 1 of 3 copies so far)");
    assertThat(put.err()).contains("has not agreed").contains("confirm k ");
  }

  private static void namesAll(Shell.Result result, NodesInProcess nodes) {
    nodes.apis().forEach(api -> assertThat(result.err()).contains(api));
    assertThat(result.err()).contains("n1 is ").contains("n2 is ").doesNotContain("holdfast up");
  }

  private Shell.Result within(Duration patience, String input, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    List<String> options = List.of("--patience", patience.toSeconds() + "s");
    all.addAll(command[0].equals("lock") ? 1 : all.size(), options);
    long begin = System.nanoTime();
    Shell.Result result = run(input, all.toArray(new String[0]));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(patience.plus(SLACK));
    return result;
  }

  private Shell.Result run(String input, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(command[0].equals("lock") ? 1 : all.size(), List.of("--server", servers));
    return Shell.in(folder).runWith(input, all.toArray(new String[0]));
  }
}
