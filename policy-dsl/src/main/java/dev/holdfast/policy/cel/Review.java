// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.holdfast.spi.machine.DataField;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Looks at an expression whose types fit: fields that may be absent, open patterns, cost. */
final class Review {
  private final Names names;
  private final CelAbstractSyntaxTree tree;
  private final List<Fault> faults = new ArrayList<>();
  private final Set<String> asked = new HashSet<>();

  Review(Names names, CelAbstractSyntaxTree tree) {
    this.names = names;
    this.tree = tree;
  }

  List<Fault> faults() {
    collectAsked(tree.getExpr());
    look(tree.getExpr());
    CostEstimate cost = new CostEstimate(names);
    long units = cost.of(tree.getExpr());
    if (units > CostEstimate.COST_MAX || cost.iterations() > ExpressionCompiler.ITERATIONS_MAX) {
      faults.add(
          new Fault(
              Fault.Kind.COST,
              0,
              0,
              "this may cost %d units and %d steps of loops; the limits are %d and %d"
                  .formatted(
                      units,
                      cost.iterations(),
                      CostEstimate.COST_MAX,
                      ExpressionCompiler.ITERATIONS_MAX),
              "lower the bounds of the lists, maps and strings that it reads"));
    }
    return faults;
  }

  private void collectAsked(CelExpr expr) {
    if (expr.getKind() == CelExpr.ExprKind.Kind.SELECT && expr.select().testOnly()) {
      asked.add(ExpressionText.of(expr.select().operand()) + "." + expr.select().field());
    }
    parts(expr).forEach(this::collectAsked);
  }

  private void look(CelExpr expr) {
    if (expr.getKind() == CelExpr.ExprKind.Kind.SELECT && !expr.select().testOnly()) {
      lookAtField(expr);
    } else if (expr.getKind() == CelExpr.ExprKind.Kind.CALL
        && expr.call().function().equals("matches")) {
      lookAtPattern(expr);
    }
    parts(expr).forEach(this::look);
  }

  private void lookAtField(CelExpr expr) {
    String path = ExpressionText.of(expr);
    CelExpr operand = expr.select().operand();
    if (operand.getKind() != CelExpr.ExprKind.Kind.IDENT
        || asked.contains(path)
        || names.surelyPresent().contains(path)) {
      return;
    }
    Map<String, DataField> fields = names.records().getOrDefault(operand.ident().name(), Map.of());
    DataField field = fields.get(expr.select().field());
    if (field != null && field.optional()) {
      add(
          Fault.Kind.ABSENT_FIELD,
          operand,
          "'%s' may be absent here, and the rule then fails".formatted(path),
          "ask 'has(%s)', or let the state need '%s'".formatted(path, field.name()));
    }
  }

  private void lookAtPattern(CelExpr expr) {
    CelExpr pattern = expr.call().args().get(expr.call().args().size() - 1);
    if (pattern.getKind() == CelExpr.ExprKind.Kind.CONSTANT
        && pattern.constant().getKind() == CelConstant.Kind.STRING_VALUE) {
      String text = pattern.constant().stringValue();
      if (!text.startsWith("^") || !text.endsWith("$")) {
        add(
            Fault.Kind.UNANCHORED,
            pattern,
            "'matches' finds the pattern anywhere in the text",
            "write '^…$' when the whole text is meant");
      }
    }
  }

  private void add(Fault.Kind kind, CelExpr at, String message, String help) {
    int offset = tree.getSource().getPositionsMap().getOrDefault(at.id(), 0);
    int line = 0;
    int column = offset;
    for (int end : tree.getSource().getLineOffsets()) {
      if (offset >= end) {
        line++;
        column = offset - end;
      }
    }
    faults.add(new Fault(kind, line, column, message, help));
  }

  static int depth(CelExpr expr) {
    return 1 + parts(expr).mapToInt(Review::depth).max().orElse(0);
  }

  static Stream<CelExpr> parts(CelExpr expr) {
    return switch (expr.getKind()) {
      case SELECT -> Stream.of(expr.select().operand());
      case CALL -> Stream.concat(expr.call().target().stream(), expr.call().args().stream());
      case LIST -> expr.list().elements().stream();
      case MAP ->
          expr.map().entries().stream().flatMap(entry -> Stream.of(entry.key(), entry.value()));
      case COMPREHENSION -> {
        CelExpr.CelComprehension loop = expr.comprehension();
        yield Stream.of(
            loop.iterRange(),
            loop.accuInit(),
            loop.loopCondition(),
            loop.loopStep(),
            loop.result());
      }
      case CONSTANT, IDENT, STRUCT, NOT_SET -> Stream.of();
    };
  }
}
