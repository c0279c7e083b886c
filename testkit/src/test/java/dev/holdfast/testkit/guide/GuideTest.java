// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the guide shows is what is compiled, and what it names is there. */
final class GuideTest {
  private static final Path ROOT = Path.of("..");
  private static final Path GUIDE = ROOT.resolve("docs/guides/write-a-coordinator.md");

  private record Snippet(String file, List<String> lines) {}

  /** Each block of code has the path of its file in the line before its fence. */
  private static List<Snippet> snippets() throws IOException {
    List<Snippet> snippets = new ArrayList<>();
    String text = Files.readString(GUIDE);
    Matcher block =
        Pattern.compile("`([^`\n]+)`:\n\n```(?:java|text)\n(.*?)\n```\n", Pattern.DOTALL)
            .matcher(text);
    while (block.find()) {
      snippets.add(new Snippet(block.group(1), stripped(block.group(2))));
    }
    assertThat(snippets).hasSize(Pattern.compile("(?m)^```(java|text)$").split(text).length - 1);
    return snippets;
  }

  private static List<String> stripped(String text) {
    return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void everySnippetIsInItsFile() throws IOException {
    List<Snippet> snippets = snippets();

    assertThat(snippets).hasSizeGreaterThanOrEqualTo(3);
    for (Snippet snippet : snippets) {
      assertThat(stripped(Files.readString(ROOT.resolve(snippet.file()))))
          .as(snippet.file())
          .containsSequence(snippet.lines());
    }
  }

  @Test
  void everyStoryThatItNamesIsThere() throws IOException {
    String guide = Files.readString(GUIDE);
    StringBuilder kit = new StringBuilder();
    try (var files =
        Files.list(ROOT.resolve("testkit/src/main/java/dev/holdfast/testkit/contract"))) {
      for (Path file : files.toList()) {
        kit.append(Files.readString(file));
      }
    }
    Matcher story = Pattern.compile("`([a-z][A-Za-z]{20,})`").matcher(guide);
    while (story.find()) {
      assertThat(kit.toString()).contains("void " + story.group(1) + "()");
    }
  }

  @Test
  void everyTypeThatItNamesIsThere() throws IOException {
    Set<String> types = new HashSet<>();
    for (String module : List.of("spi", "testkit", "coordinator-raft", "coordinator-zk", "cli")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          Matcher type =
              Pattern.compile("\\b(?:class|interface|record|enum) ([A-Z]\\w*)")
                  .matcher(Files.readString(file));
          while (type.find()) {
            types.add(type.group(1));
          }
        }
      }
    }
    Matcher named = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)\\b[^`\n]*`").matcher(prose());
    List<String> names = named.results().map(result -> result.group(1)).toList();

    assertThat(names).contains("ZkRulesTest", "ZooKeeperIT");
    assertThat(types).containsAll(names);
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<MatchResult> links =
        Pattern.compile("\\]\\(([^)#:]*)(?:#([^)]*))?\\)").matcher(prose()).results().toList();

    assertThat(links).hasSizeGreaterThanOrEqualTo(3);
    for (MatchResult link : links) {
      Path target = link.group(1).isEmpty() ? GUIDE : GUIDE.resolveSibling(link.group(1));
      assertThat(target).exists();
      if (link.group(2) != null) {
        assertThat(headings(target)).as(target.toString()).contains(link.group(2));
      }
    }
  }

  /** The guide without its blocks of code. */
  private static String prose() throws IOException {
    return Pattern.compile("^```.*?^```$", Pattern.DOTALL | Pattern.MULTILINE)
        .matcher(Files.readString(GUIDE))
        .replaceAll("");
  }

  /** As links name them: lower case, blanks as hyphens, nothing else but letters and digits. */
  private static List<String> headings(Path page) throws IOException {
    return Files.readString(page)
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^\\w -]", "").replace(' ', '-'))
        .toList();
  }
}
