// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.machines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.policy.CompiledMachine;
import dev.holdfast.policy.PolicyCompiler;
import dev.holdfast.policy.Report;
import dev.holdfast.policy.TestRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class StandardMachinesTest {
  private static final Path FOLDER = Path.of("src/main/policies");

  /** Of what a machine does; its tests do not count. */
  private static final int LINES_MAX = 40;

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  @Test
  void thereIsOneForEachUse() throws IOException {
    assertThat(files())
        .extracting(file -> file.getFileName().toString())
        .containsExactly(
            "block-append.yaml",
            "block-building.yaml",
            "cart.yaml",
            "inactivity.yaml",
            "message-dedupe.yaml",
            "message-order.yaml",
            "order-saga.yaml",
            "tally-sheet.yaml",
            "timed-lock.yaml",
            "versioned-lock.yaml",
            "visitor-session.yaml");
  }

  @ParameterizedTest
  @MethodSource("files")
  void checksWithoutAWarningAndPassesItsTests(Path file) throws IOException {
    String text = Files.readString(file);

    PolicyCompiler.Compilation compilation =
        PolicyCompiler.compile(file.getFileName().toString(), text);

    Report report = new Report(text);
    assertThat(compilation.problems().stream().flatMap(p -> report.lines(p).stream())).isEmpty();
    for (CompiledMachine machine : compilation.machines()) {
      assertThat(machine.tests()).isNotEmpty();
      assertThat(TestRunner.run(machine))
          .allSatisfy(result -> assertThat(result.failures()).isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void saysMuchInFewLines(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);

    assertThat(lines.indexOf("tests:")).isBetween(1, LINES_MAX);
  }
}
