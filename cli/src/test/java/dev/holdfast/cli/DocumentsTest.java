// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the documents point to exists: classes, packages, rules and pages. */
final class DocumentsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern RULE = Pattern.compile("\\bR([1-9]\\d?)\\b");
  private static final Pattern RULE_HEADING =
      Pattern.compile("^### R([1-9]\\d?) ", Pattern.MULTILINE);
  private static final Pattern CLASS_NAME = Pattern.compile("\\b[A-Z][a-z]+(?:[A-Z][A-Za-z]*)+\\b");
  private static final Pattern TYPE =
      Pattern.compile("\\b(?:class|interface|record|enum)\\s+([A-Z]\\w*)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
  private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);

  /** Words of the field and names of libraries; no class of ours has them. */
  private static final Set<String> NOT_OURS =
      Set.of("MiB", "ServiceLoader", "WebSocket", "WebSockets", "ZooKeeper");

  @Test
  void everyRuleThatIsCitedIsDefined() throws IOException {
    Set<String> defined = found(RULE_HEADING, rules());
    Set<String> cited = new TreeSet<>();
    for (Path file : files(".java")) {
      cited.addAll(found(RULE, Files.readString(file)));
    }

    assertThat(defined).containsAll(cited);
    assertThat(cited).as("the scan finds citations").hasSizeGreaterThan(20);
  }

  @Test
  void everyDefinedRuleIsCitedByCode() throws IOException {
    Set<String> cited = new TreeSet<>();
    for (Path file : files(".java")) {
      cited.addAll(found(RULE, Files.readString(file)));
    }

    assertThat(cited).containsAll(found(RULE_HEADING, rules()));
  }

  @Test
  void theArchitectureNamesClassesThatExist() throws IOException {
    Set<String> types = new TreeSet<>(NOT_OURS);
    for (Path file : files(".java")) {
      types.addAll(found(TYPE, Files.readString(file)));
    }

    assertThat(types).containsAll(names(CLASS_NAME, architecture()));
  }

  @Test
  void theArchitectureNamesAllPackagesOfTheNode() throws IOException {
    Set<String> packages = new TreeSet<>();
    for (Path file : files(".java")) {
      if (file.toString().contains("/src/main/")) {
        packages.addAll(found(PACKAGE, Files.readString(file)));
      }
    }
    packages.removeIf(name -> !name.startsWith("dev.holdfast.node."));

    assertThat(packages).isNotEmpty();
    assertThat(packages)
        .allSatisfy(name ->
            assertThat(architecture())
                .contains("`" + name.substring("dev.holdfast.".length()) + "`"));
  }

  @Test
  void everyLinkBetweenDocumentsLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : files(".md")) {
      for (String link : found(LINK, Files.readString(page))) {
        boolean outside = link.contains(":");
        if (!outside && Files.notExists(page.resolveSibling(link))) {
          broken.add(ROOT.relativize(page) + " -> " + link);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  private static String rules() throws IOException {
    return Files.readString(ROOT.resolve("docs/reference/rules.md"));
  }

  private static String architecture() throws IOException {
    return Files.readString(ROOT.resolve("ARCHITECTURE.md"));
  }

  private static Set<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).collect(toSortedSet());
  }

  private static Set<String> names(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).collect(toSortedSet());
  }

  private static Collector<String, ?, Set<String>> toSortedSet() {
    return Collectors.toCollection(TreeSet::new);
  }

  /** Of the sources, without what a build made. */
  private static List<Path> files(String ending) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean made = name.equals("target") || (name.startsWith(".") && !folder.equals(ROOT));
            return made ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(ending)) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    if (found.isEmpty()) {
      throw new UncheckedIOException(new IOException("No file " + ending + " below " + ROOT));
    }
    return found;
  }
}
