// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import java.util.stream.Collectors;

/** One text for each expression, so that two are the same when their texts are. */
final class ExpressionText {
  private ExpressionText() {}

  static String of(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT -> constant(expr.constant());
      case IDENT -> expr.ident().name();
      case SELECT -> {
        String path = of(expr.select().operand()) + "." + expr.select().field();
        yield expr.select().testOnly() ? "has(" + path + ")" : path;
      }
      case CALL ->
          expr.call().target().map(target -> of(target) + ".").orElse("")
              + expr.call().function()
              + expr.call().args().stream()
                  .map(ExpressionText::of)
                  .collect(Collectors.joining(", ", "(", ")"));
      case LIST ->
          expr.list().elements().stream()
              .map(ExpressionText::of)
              .collect(Collectors.joining(", ", "[", "]"));
      case MAP ->
          expr.map().entries().stream()
              .map(entry -> of(entry.key()) + ": " + of(entry.value()))
              .collect(Collectors.joining(", ", "{", "}"));
      case COMPREHENSION -> {
        CelExpr.CelComprehension loop = expr.comprehension();
        yield "loop(%s in %s: %s = %s; %s; %s)"
            .formatted(
                loop.iterVar(),
                of(loop.iterRange()),
                loop.accuVar(),
                of(loop.accuInit()),
                of(loop.loopStep()),
                of(loop.result()));
      }
      case STRUCT, NOT_SET -> expr.toString();
    };
  }

  private static String constant(CelConstant constant) {
    return switch (constant.getKind()) {
      case STRING_VALUE -> "'" + constant.stringValue() + "'";
      case INT64_VALUE -> Long.toString(constant.int64Value());
      case BOOLEAN_VALUE -> Boolean.toString(constant.booleanValue());
      default -> constant.toString();
    };
  }
}
