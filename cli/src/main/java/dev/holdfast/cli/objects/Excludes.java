// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * What of a folder is left out on purpose. A pattern without a slash fits a name in any folder, one
 * with a slash a path from the top; what is below a folder that fits is left out too.
 */
final class Excludes {
  private final List<PathMatcher> names;
  private final List<PathMatcher> paths;

  private Excludes(List<PathMatcher> names, List<PathMatcher> paths) {
    this.names = names;
    this.paths = paths;
  }

  static Excludes of(List<String> patterns) {
    List<String> clean = patterns.stream().map(Excludes::clean).toList();
    return new Excludes(
        clean.stream().filter(p -> !p.contains("/")).map(Excludes::matcher).toList(),
        clean.stream().filter(p -> p.contains("/")).map(Excludes::matcher).toList());
  }

  /** A slash at the end, as in an ignore file, says no more: a file of the name fits as well. */
  private static String clean(String pattern) {
    String clean = pattern;
    while (clean.endsWith("/")) {
      clean = clean.substring(0, clean.length() - 1);
    }
    if (clean.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "--exclude '" + pattern + "' would leave out everything", "");
    }
    return clean;
  }

  private static PathMatcher matcher(String pattern) {
    String fromTheTop = pattern.startsWith("/") ? pattern.substring(1) : pattern;
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + fromTheTop);
    } catch (PatternSyntaxException e) {
      throw new CommandException(
          ExitCode.USAGE,
          "--exclude '" + pattern + "' is no pattern: " + e.getDescription(),
          "write it as in a shell: *.tmp, build, src/**/gen",
          e);
    }
  }

  boolean isEmpty() {
    return names.isEmpty() && paths.isEmpty();
  }

  /** Whether the entry itself fits; its folders were asked for before. */
  boolean fits(Path relative) {
    Path name = relative.getFileName();
    return (name != null && names.stream().anyMatch(m -> m.matches(name)))
        || paths.stream().anyMatch(m -> m.matches(relative));
  }

  /** Whether the entry or a folder above it fits. */
  boolean coverName(String name) {
    if (isEmpty() || name.isEmpty()) {
      return false;
    }
    Path path = Path.of(name);
    for (int depth = 1; depth <= path.getNameCount(); depth++) {
      if (fits(path.subpath(0, depth))) {
        return true;
      }
    }
    return false;
  }
}
