// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.FrameException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/reference/errors.md} lists every code that a node answers, and no other. */
final class ErrorCodesTest {
  /** A status and a code stand side by side wherever a problem is made. */
  private static final Pattern IN_SOURCE =
      Pattern.compile("\\b[45]\\d\\d,\\s+\"([A-Z]+(?:_[A-Z]+)*)\"");

  private static final Pattern IN_TABLE =
      Pattern.compile(
          "^\\| `([A-Z_]+)` \\| [45]\\d\\d(?:, [45]\\d\\d)* \\| \\S.* \\| \\S.* \\|$",
          Pattern.MULTILINE);

  @Test
  void everyCodeIsListedWithStatusMeaningAndWhatToDo() throws IOException {
    assertThat(listed()).containsAll(answered());
  }

  @Test
  void noListedCodeIsGone() throws IOException {
    assertThat(answered()).containsAll(listed());
  }

  @Test
  void theScanFindsProblemsOnOneLineAndOnSeveral() throws IOException {
    assertThat(codes("new ProblemException(503, \"UNAVAILABLE\", x)", IN_SOURCE))
        .containsExactly("UNAVAILABLE");
    assertThat(answered()).hasSizeGreaterThan(40).contains("NO_MAJORITY", "LOCK_HELD");
  }

  private static Set<String> listed() throws IOException {
    return codes(Files.readString(Path.of("..", "docs", "reference", "errors.md")), IN_TABLE);
  }

  private static Set<String> answered() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      for (Path module :
          modules.filter(path -> path.getFileName().toString().startsWith("node-")).toList()) {
        found.addAll(answeredBy(module.resolve(Path.of("src", "main", "java"))));
      }
    }
    Arrays.stream(FrameException.Code.values()).map(Enum::name).forEach(found::add);
    return found;
  }

  private static Set<String> answeredBy(Path folder) throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(folder)) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        found.addAll(codes(Files.readString(source), IN_SOURCE));
      }
    }
    return found;
  }

  private static Set<String> codes(String text, Pattern pattern) {
    Set<String> codes = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      codes.add(matcher.group(1));
    }
    return codes;
  }
}
