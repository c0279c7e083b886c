// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an expression costs at worst. A node costs 1; what reads a text or a collection costs one
 * more for each 16 characters or entries; a loop costs its body times the bound of what it goes
 * through. Every type has bounds, so there always is a worst case. A unit takes about 100 ns.
 */
final class CostEstimate {
  /** About a hundredth of a second. */
  static final long COST_MAX = 100_000;

  private static final int CHUNK = 16;

  /** They read their operands no further than true and false. */
  private static final Set<String> LOGIC =
      Set.of("_?_:_", "_&&_", "_||_", "!_", "@not_strictly_false");

  private static final long HUGE = 1L << 40;
  private static final DataType SCALAR = new DataType.Bool();

  private final Names names;
  private final Map<String, DataType> variables = new HashMap<>();
  private long iterations;
  private long enclosing = 1;

  CostEstimate(Names names) {
    this.names = names;
  }

  /** All steps of all loops, after {@link #of}. */
  long iterations() {
    return iterations;
  }

  long of(CelExpr expr) {
    long cost = 1;
    if (expr.getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
      cost = loop(expr.comprehension());
    } else {
      for (CelExpr part : Review.parts(expr).toList()) {
        cost += of(part);
      }
      if (expr.getKind() == CelExpr.ExprKind.Kind.CALL) {
        cost += reads(expr.call());
      }
    }
    return Math.min(cost, HUGE);
  }

  private long loop(CelExpr.CelComprehension loop) {
    DataType range = type(loop.iterRange());
    long steps = entries(range);
    long cost = 1 + of(loop.iterRange()) + of(loop.accuInit());
    DataType shadowed = variables.put(loop.iterVar(), element(range));
    iterations = Math.min(HUGE, iterations + enclosing * steps);
    long outer = enclosing;
    enclosing = Math.min(HUGE, enclosing * steps);
    cost +=
        Math.min(HUGE, steps)
            * Math.min(HUGE >> 20, of(loop.loopCondition()) + of(loop.loopStep()));
    enclosing = outer;
    if (shadowed == null) {
      variables.remove(loop.iterVar());
    } else {
      variables.put(loop.iterVar(), shadowed);
    }
    return Math.min(HUGE, cost + of(loop.result()));
  }

  /** Of a call: logic and comparisons of scalars read next to nothing. */
  private long reads(CelExpr.CelCall call) {
    if (LOGIC.contains(call.function())) {
      return 0;
    }
    long size = 0;
    for (CelExpr part : Stream.concat(call.target().stream(), call.args().stream()).toList()) {
      DataType type = type(part);
      size += looksUp(call.function(), type) ? entries(type) / CHUNK : size(type);
    }
    long factor = call.function().equals("matches") ? ExpressionCompiler.PATTERN_MAX / CHUNK : 1;
    return Math.min(HUGE, size / CHUNK * factor);
  }

  /** Without reading its entries. */
  private static boolean looksUp(String function, DataType collection) {
    return switch (collection) {
      case DataType.MapOf _ -> Set.of("_[_]", "@in", "size").contains(function);
      case DataType.ListOf _ -> Set.of("_[_]", "_+_", "size").contains(function);
      default -> false;
    };
  }

  private DataType type(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT ->
          expr.constant().getKind() == CelConstant.Kind.STRING_VALUE
              ? text(expr.constant().stringValue().length())
              : SCALAR;
      case IDENT -> variables.getOrDefault(expr.ident().name(), SCALAR);
      case SELECT -> field(expr.select()).map(DataField::type).orElse(SCALAR);
      case LIST -> list(expr.list().elements().size());
      case MAP -> new DataType.MapOf(text(DataType.TEXT_MAX), SCALAR, expr.map().entries().size());
      case CALL -> result(expr.call());
      case COMPREHENSION -> list(entries(type(expr.comprehension().iterRange())));
      case STRUCT, NOT_SET -> SCALAR;
    };
  }

  private DataType result(CelExpr.CelCall call) {
    DataType first =
        call.target().or(() -> call.args().stream().findFirst()).map(this::type).orElse(SCALAR);
    return switch (call.function()) {
      case "_[_]" -> valueOf(first);
      case "_+_" -> sum(first, type(call.args().get(1)));
      case "_?_:_" -> larger(type(call.args().get(1)), type(call.args().get(2)));
      case "split" -> list(size(first));
      case "sha256", "crc32c" -> text(64);
      case "with",
          "without",
          "substring",
          "trim",
          "lowerAscii",
          "upperAscii",
          "string",
          "reverse",
          "distinct",
          "sort",
          "slice",
          "flatten" ->
          first;
      case "join", "replace", "format" -> text(DataType.BOUND_MAX);
      default -> SCALAR;
    };
  }

  private Optional<DataField> field(CelExpr.CelSelect select) {
    if (select.testOnly() || select.operand().getKind() != CelExpr.ExprKind.Kind.IDENT) {
      return Optional.empty();
    }
    Map<String, DataField> fields =
        names.records().getOrDefault(select.operand().ident().name(), Map.of());
    return Optional.ofNullable(fields.get(select.field()));
  }

  private static DataType sum(DataType left, DataType right) {
    if (left instanceof DataType.ListOf || right instanceof DataType.ListOf) {
      return list(entries(left) + entries(right));
    }
    return size(left) > 1 || size(right) > 1 ? text(size(left) + size(right)) : SCALAR;
  }

  private static DataType larger(DataType left, DataType right) {
    return size(left) >= size(right) ? left : right;
  }

  private static DataType text(long max) {
    return new DataType.Text(0, (int) Math.min(max, DataType.BOUND_MAX));
  }

  private static DataType list(long max) {
    return new DataType.ListOf(text(DataType.TEXT_MAX), (int) Math.min(max, DataType.BOUND_MAX));
  }

  /** What a loop goes through: the keys of a map. */
  private static DataType element(DataType range) {
    return switch (range) {
      case DataType.ListOf list -> list.element();
      case DataType.MapOf map -> map.key();
      default -> SCALAR;
    };
  }

  private static DataType valueOf(DataType collection) {
    return collection instanceof DataType.MapOf map ? map.value() : element(collection);
  }

  private static long entries(DataType type) {
    return switch (type) {
      case DataType.ListOf list -> list.max();
      case DataType.MapOf map -> map.max();
      default -> 1;
    };
  }

  /** Characters and scalars. */
  private static long size(DataType type) {
    return switch (type) {
      case DataType.Text text -> text.max();
      case DataType.Hex hex -> hex.length();
      case DataType.Uuid _ -> 36;
      case DataType.Choice choice ->
          choice.words().stream().mapToInt(String::length).max().orElse(1);
      case DataType.Int _, DataType.Bool _, DataType.Time _, DataType.Span _ -> 1;
      case DataType.ListOf list -> Math.min(HUGE, list.max() * size(list.element()));
      case DataType.MapOf map -> Math.min(HUGE, map.max() * (size(map.key()) + size(map.value())));
    };
  }
}
