package dev.holdfast.testkit.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  void everyTestAndFileThatItNamesIsThere() throws IOException {
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
    Matcher link = Pattern.compile("\\]\\(\\.\\./\\.\\./([^)#]+)").matcher(guide);
    while (link.find()) {
      assertThat(ROOT.resolve(link.group(1))).exists();
    }
  }
}
