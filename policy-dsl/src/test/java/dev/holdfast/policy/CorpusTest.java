// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.policy.PolicyCompiler.Compilation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents and what is said of them. Run with {@code -Drenew=true} to write the reports anew. */
final class CorpusTest {
  private static final Path FOLDER = Path.of("src/test/resources/corpus");

  /** Not of a single document, but of two. */
  private static final Set<Code> OF_VERSIONS = EnumSet.of(Code.SM350, Code.SM351, Code.SM352);

  static List<Path> good() throws IOException {
    return documents("good");
  }

  static List<Path> wrong() throws IOException {
    return documents("wrong");
  }

  private static List<Path> documents(String folder) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("good")
  void goodDocumentsHaveNoProblemAndPassTheirTests(Path file) throws IOException {
    Compilation compilation = compile(file);

    assertThat(report(file, compilation)).isEmpty();
    assertThat(compilation.machines()).isNotEmpty();
    for (CompiledMachine machine : compilation.machines()) {
      assertThat(TestRunner.run(machine))
          .allSatisfy(result -> assertThat(result.failures()).as(result.test()).isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongDocumentsAreReportedAsBefore(Path file) throws IOException {
    Path golden = FOLDER.resolve("wrong").resolve(name(file).replace(".yaml", ".txt"));

    String report = report(file, compile(file));

    assertThat(report).isNotEmpty();
    if (Boolean.getBoolean("renew")) {
      Files.writeString(golden, report);
    }
    assertThat(report).isEqualTo(Files.readString(golden));
  }

  @Test
  void everyCodeHasADocument() throws IOException {
    Set<Code> seen = EnumSet.copyOf(OF_VERSIONS);
    for (Path file : wrong()) {
      compile(file).problems().forEach(problem -> seen.add(problem.code()));
    }

    assertThat(seen).containsExactlyInAnyOrder(Code.values());
  }

  private static Compilation compile(Path file) throws IOException {
    return PolicyCompiler.compile(name(file), Files.readString(file));
  }

  private static String report(Path file, Compilation compilation) throws IOException {
    Report report = new Report(Files.readString(file));
    return compilation.problems().stream()
        .flatMap(problem -> report.lines(problem).stream())
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
