// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/reference/metrics.md has each figure that the sources name, and no other. */
final class MetricsPageTest {
  private static final Path ROOT = Path.of("..");

  /** As a call of {@link Metrics} names it, or a builder of Micrometer. */
  private static final Pattern NAMED =
      Pattern.compile(
          "\\.(?:count|record|gauge)\\(\\s*\"([a-z]+(?:\\.[a-z]+)+)\""
              + "|(?:builder|counter)\\(\\s*\"holdfast\\.([a-z.]+[a-z])\\.?\""
              + "|builder\\(PREFIX \\+ \"([a-z.]+)\"");

  private static final Pattern ROW =
      Pattern.compile("^\\| `holdfast_([a-z_]+)`", Pattern.MULTILINE);

  @Test
  void thePageHasEachFigureOfTheSources() throws IOException {
    Set<String> inPage = new TreeSet<>();
    Matcher rows =
        ROW.matcher(Files.readString(ROOT.resolve(Path.of("docs", "reference", "metrics.md"))));
    while (rows.find()) {
      inPage.add(rows.group(1));
    }

    assertThat(inPage).isEqualTo(inSources());
  }

  private static Set<String> inSources() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.filter(each -> !each.endsWith("bench")).toList()) {
        Path sources = module.resolve(Path.of("src", "main", "java"));
        if (Files.isDirectory(sources)) {
          try (Stream<Path> files = Files.walk(sources)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(f -> find(f, names));
          }
        }
      }
    }
    // Their last part is put together.
    names.remove("plugin");
    for (String part : new String[] {"calls", "failures", "corrected", "fallbacks"}) {
      names.add("plugin_" + part);
    }
    return names;
  }

  private static void find(Path file, Set<String> names) {
    try {
      Matcher matcher = NAMED.matcher(Files.readString(file));
      while (matcher.find()) {
        for (int group = 1; group <= 3; group++) {
          if (matcher.group(group) != null) {
            names.add(matcher.group(group).replace('.', '_'));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
