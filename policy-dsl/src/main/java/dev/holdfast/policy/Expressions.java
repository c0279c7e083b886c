// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.Problems.Place;
import dev.holdfast.policy.cel.Compiled;
import dev.holdfast.policy.cel.ExpressionCompiler;
import dev.holdfast.policy.cel.Fault;
import dev.holdfast.policy.cel.GuardFormula;
import dev.holdfast.policy.cel.Names;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.Expression;
import dev.holdfast.spi.machine.MessageTemplate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** The expressions of one part of a document, which see the same names. */
final class Expressions {
  private final ExpressionCompiler compiler;
  private final ScalarPlace places;
  private final Problems problems;

  Expressions(Names names, ScalarPlace places, Problems problems) {
    this.compiler = new ExpressionCompiler(names);
    this.places = places;
    this.problems = problems;
  }

  /** A condition with its logic. */
  record Guard(Expression<Boolean> expression, GuardFormula formula) {}

  Optional<Guard> guard(ScalarNode text) {
    Compiled compiled = compiler.condition(text.getValue());
    return reported(text, compiled)
        .map(expression ->
            new Guard(
                scope -> (Boolean) expression.evaluate(scope), compiled.guard().orElseThrow()));
  }

  Optional<Expression<Object>> value(ScalarNode text, DataType type) {
    return reported(text, compiler.value(text.getValue(), type));
  }

  /** Of the stored data, which may lack it. */
  Optional<Expression<Object>> reply(ScalarNode text) {
    Compiled compiled = compiler.value(text.getValue());
    compiled.faults().stream()
        .filter(fault -> fault.kind() != Fault.Kind.ABSENT_FIELD)
        .forEach(fault -> report(text, 0, fault));
    return compiled.expression();
  }

  Optional<Expression<Instant>> moment(ScalarNode text) {
    return value(text, new DataType.Time()).map(e -> scope -> (Instant) e.evaluate(scope));
  }

  private Optional<Expression<Object>> reported(ScalarNode text, Compiled compiled) {
    compiled.faults().forEach(fault -> report(text, 0, fault));
    return compiled.expression();
  }

  private void report(ScalarNode text, int offset, Fault fault) {
    int column = fault.line() == 0 ? fault.column() + offset : fault.column();
    Place place = places.of(text, fault.line(), column);
    String[] help = fault.help().isEmpty() ? new String[0] : new String[] {fault.help()};
    problems.add(place.line(), place.column(), code(fault.kind()), fault.message(), help);
  }

  private static Code code(Fault.Kind kind) {
    return switch (kind) {
      case SYNTAX -> Code.DS101;
      case TYPE -> Code.DS102;
      case UNKNOWN_NAME -> Code.DS103;
      case WRONG_RESULT -> Code.DS104;
      case LIMIT -> Code.DS106;
      case UNKNOWN_FIELD -> Code.DS110;
      case COST -> Code.SM340;
      case ABSENT_FIELD -> Code.SM201;
      case UNANCHORED -> Code.SM202;
    };
  }

  /** A text with values in <code>${…}</code>. A hole may miss its field: the text falls back. */
  MessageTemplate message(ScalarNode node) {
    String text = node.getValue();
    List<Expression<String>> parts = new ArrayList<>();
    StringBuilder fallback = new StringBuilder();
    int at = 0;
    for (int hole = text.indexOf("${"); hole >= 0; hole = text.indexOf("${", at)) {
      int end = endOfHole(text, hole + 2);
      if (end < 0) {
        problems.add(node, Code.DS105, "a '${' of this message has no '}'");
        break;
      }
      String before = text.substring(at, hole);
      fallback.append(before).append('…');
      parts.add(_ -> before);
      hole(node, hole + 2, text.substring(hole + 2, end)).ifPresent(parts::add);
      at = end + 1;
    }
    String rest = text.substring(at);
    parts.add(_ -> rest);
    return new MessageTemplate(
        fallback.append(rest).toString(),
        scope -> {
          StringBuilder rendered = new StringBuilder();
          parts.forEach(part -> rendered.append(part.evaluate(scope)));
          return rendered.toString();
        });
  }

  private Optional<Expression<String>> hole(ScalarNode node, int offset, String text) {
    Compiled compiled = compiler.value(text);
    compiled.faults().stream()
        .filter(fault -> fault.kind() != Fault.Kind.ABSENT_FIELD)
        .forEach(fault -> report(node, offset, fault));
    return compiled.expression().map(e -> scope -> String.valueOf(e.evaluate(scope)));
  }

  /** The closing brace that is in no braces and no quotes of the expression. */
  private static int endOfHole(String text, int start) {
    int depth = 0;
    char quote = 0;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '{') {
        depth++;
      } else if (c == '}') {
        if (depth == 0) {
          return i;
        }
        depth--;
      }
    }
    return -1;
  }
}
