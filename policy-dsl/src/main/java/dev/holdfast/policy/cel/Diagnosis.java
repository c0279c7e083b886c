// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.CelIssue;
import dev.holdfast.spi.NearestWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From what CEL says of an expression to what its author can do. */
final class Diagnosis {
  private static final Pattern FIELD = Pattern.compile("undefined field '([^']*)'");
  private static final Pattern NAME = Pattern.compile("undeclared reference to '([^']*)'.*");
  private static final Pattern OVERLOAD =
      Pattern.compile("found no matching overload for '([^']*)' applied to '(.*)' \\(candidates.*");
  private static final Pattern LIMIT =
      Pattern.compile("(?i).*(recursion limit|exceeds|exceeded|too large|size).*");
  private static final String LIMITS =
      "at most %d characters, %d levels and %d parts fit; name a part of it in 'rules:'"
          .formatted(
              ExpressionCompiler.LENGTH_MAX,
              ExpressionCompiler.DEPTH_MAX,
              ExpressionCompiler.NODES_MAX);
  private static final Map<String, String> RENAMED = Map.of("src", "new", "dst", "old");

  private final Names names;

  Diagnosis(Names names) {
    this.names = names;
  }

  Fault of(CelIssue issue) {
    int line = Math.max(0, issue.getSourceLocation().getLine() - 1);
    int column = Math.max(0, issue.getSourceLocation().getColumn());
    String message = issue.getMessage();
    Matcher field = FIELD.matcher(message);
    if (field.find()) {
      return unknownField(line, column, field.group(1));
    }
    Matcher name = NAME.matcher(message);
    if (name.matches()) {
      return unknownName(line, column, name.group(1));
    }
    Matcher overload = OVERLOAD.matcher(message);
    if (overload.matches()) {
      return new Fault(
          Fault.Kind.TYPE,
          line,
          column,
          "'%s' cannot be applied to %s"
              .formatted(operator(overload.group(1)), typesOf(overload.group(2))),
          "");
    }
    if (LIMIT.matcher(message).matches()) {
      return tooLarge(line, column);
    }
    String syntax =
        message.contains("'<EOF>'") ? "the expression ends too early" : firstOf(message);
    return new Fault(Fault.Kind.SYNTAX, line, column, syntax, "");
  }

  static Fault tooLarge(int line, int column) {
    return new Fault(Fault.Kind.LIMIT, line, column, "the expression is too large", LIMITS);
  }

  /** The place is that of the dot. */
  private Fault unknownField(int line, int column, String field) {
    List<String> known = new ArrayList<>();
    names
        .records()
        .forEach((record, fields) -> fields.keySet().forEach(f -> known.add(record + "." + f)));
    TreeSet<String> fields = new TreeSet<>();
    names.records().values().forEach(record -> fields.addAll(record.keySet()));
    String near = NearestWord.to(field, fields).map(n -> "did you mean '" + n + "'?  ").orElse("");
    return new Fault(
        Fault.Kind.UNKNOWN_FIELD,
        line,
        column + 1,
        "unknown field '%s'".formatted(field),
        known.isEmpty()
            ? "there are none"
            : near + "there are " + String.join(", ", new TreeSet<>(known)));
  }

  private Fault unknownName(int line, int column, String name) {
    List<String> known = new ArrayList<>(names.records().keySet());
    known.add("now");
    if (names.state()) {
      known.add("state");
    }
    known.addAll(ExpressionCompiler.constants());
    String instead = RENAMED.get(name);
    String help =
        instead != null && known.contains(instead)
            ? "write '%s': old is the stored data, new is the proposed data".formatted(instead)
            : NearestWord.to(name, known).map(n -> "did you mean '" + n + "'?  ").orElse("")
                + "there are "
                + String.join(", ", new TreeSet<>(known));
    return new Fault(
        Fault.Kind.UNKNOWN_NAME, line, column, "unknown name '%s'".formatted(name), help);
  }

  /** CEL lists everything that it would have taken. */
  private static String firstOf(String message) {
    int end = message.indexOf(" expecting {");
    String first = end > 0 ? message.substring(0, end) : message;
    return first.length() > 160 ? first.substring(0, 160) + "…" : first;
  }

  private static String typesOf(String operands) {
    return operands
        .replace("google.protobuf.Timestamp", "time")
        .replace("google.protobuf.Duration", "duration");
  }

  /** {@code _==_} is how CEL calls {@code ==}. */
  private static String operator(String function) {
    return function.replace("_", "").isEmpty() ? function : function.replaceAll("^_|_$", "");
  }
}
