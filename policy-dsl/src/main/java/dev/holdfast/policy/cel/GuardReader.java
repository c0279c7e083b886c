// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.holdfast.policy.cel.GuardFormula.All;
import dev.holdfast.policy.cel.GuardFormula.Any;
import dev.holdfast.policy.cel.GuardFormula.Atom;
import dev.holdfast.policy.cel.GuardFormula.Constant;
import dev.holdfast.policy.cel.GuardFormula.Not;
import dev.holdfast.policy.cel.GuardFormula.Relation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** From the tree of an expression to its logic. */
final class GuardReader {
  private GuardReader() {}

  static GuardFormula read(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT ->
          expr.constant().getKind() == CelConstant.Kind.BOOLEAN_VALUE
              ? new Constant(expr.constant().booleanValue())
              : GuardFormula.opaque(ExpressionText.of(expr));
      case CALL -> call(expr);
      case IDENT, SELECT, COMPREHENSION, LIST, MAP, STRUCT, NOT_SET -> sign(expr);
    };
  }

  private static GuardFormula call(CelExpr expr) {
    List<CelExpr> args = expr.call().args();
    return switch (expr.call().function()) {
      case "_&&_" -> new All(args.stream().map(GuardReader::read).toList());
      case "_||_" -> new Any(args.stream().map(GuardReader::read).toList());
      case "!_" -> new Not(read(args.get(0)));
      case "_==_" -> comparison(expr, Set.of(Relation.EQUAL));
      case "_!=_" -> new Not(comparison(expr, Set.of(Relation.EQUAL)));
      case "_<_" -> comparison(expr, Set.of(Relation.LESS));
      case "_<=_" -> comparison(expr, Set.of(Relation.LESS, Relation.EQUAL));
      case "_>_" -> comparison(expr, Set.of(Relation.GREATER));
      case "_>=_" -> comparison(expr, Set.of(Relation.GREATER, Relation.EQUAL));
      default -> sign(expr);
    };
  }

  private static GuardFormula comparison(CelExpr expr, Set<Relation> relations) {
    CelExpr left = expr.call().args().get(0);
    CelExpr right = expr.call().args().get(1);
    Optional<Domain> constant = Domain.of(right, relations);
    if (constant.isPresent()) {
      return atom(left, constant.get());
    }
    Set<Relation> flipped = Relation.flip(relations);
    constant = Domain.of(left, flipped);
    if (constant.isPresent()) {
      return atom(right, constant.get());
    }
    List<String> sides =
        new ArrayList<>(List.of(ExpressionText.of(left), ExpressionText.of(right)));
    boolean inOrder = sides.get(0).compareTo(sides.get(1)) <= 0;
    String subject =
        inOrder ? sides.get(0) + " ? " + sides.get(1) : sides.get(1) + " ? " + sides.get(0);
    return new Atom(
        subject, new Domain.Order(inOrder ? relations : flipped), false, Optional.empty());
  }

  private static GuardFormula sign(CelExpr expr) {
    return atom(expr, new Domain.Sign(true));
  }

  private static Atom atom(CelExpr subject, Domain domain) {
    String text = ExpressionText.of(subject);
    boolean isField =
        subject.getKind() == CelExpr.ExprKind.Kind.SELECT
            && subject.select().operand().getKind() == CelExpr.ExprKind.Kind.IDENT;
    boolean isTest = isField && subject.select().testOnly();
    boolean free =
        text.equals("state")
            || (isField
                && Set.of("old", "args").contains(subject.select().operand().ident().name()));
    return new Atom(
        text,
        domain,
        free,
        isField && !isTest ? Optional.of("has(" + text + ")") : Optional.empty());
  }
}
