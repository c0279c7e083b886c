// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Problems as people read them: place, code, sentence, the line with a caret below, help.
 *
 * <pre>
 * lock.yaml:8:57: error DS110: unknown field 'fense' in old
 *    8 |     that: args.client == old.holder &amp;&amp; args.fence == old.fense
 *      |                                                         ^
 *    help: did you mean 'fence'?
 * </pre>
 */
public final class Report {
  /** Characters of a source line; more of it is cut around the caret. */
  private static final int WIDTH_MAX = 120;

  private final List<String> source;

  /**
   * @param text the file that the problems are of
   */
  public Report(String text) {
    this.source = text.lines().toList();
  }

  public List<String> lines(Problem problem) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s:%d:%d: %s %s: %s"
            .formatted(
                problem.file(),
                problem.line(),
                problem.column(),
                problem.code().level().name().toLowerCase(Locale.ROOT),
                problem.code(),
                problem.message()));
    if (problem.line() <= source.size()) {
      lines.addAll(excerpt(problem));
    }
    problem.help().forEach(help -> lines.add("   help: " + help));
    return lines;
  }

  private List<String> excerpt(Problem problem) {
    String line = source.get(problem.line() - 1).replace('\t', ' ');
    int caret = Math.min(problem.column() - 1, line.length());
    int start = Math.max(0, Math.min(caret - WIDTH_MAX / 2, line.length() - WIDTH_MAX));
    String cut = line.substring(start, Math.min(line.length(), start + WIDTH_MAX));
    String number = Integer.toString(problem.line());
    return List.of(
        "  %s | %s".formatted(number, cut),
        "  %s | %s^".formatted(" ".repeat(number.length()), " ".repeat(caret - start)));
  }
}
