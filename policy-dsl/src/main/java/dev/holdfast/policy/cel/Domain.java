// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.holdfast.policy.cel.GuardFormula.Relation;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The values that a guard leaves to an expression. */
sealed interface Domain {
  /** True or false. */
  record Sign(boolean wanted) implements Domain {}

  /**
   * Whole numbers from low to high, but for some.
   *
   * @param low at least this
   * @param high at most this
   */
  record Range(long low, long high, Set<Long> except) implements Domain {
    public Range {
      except = Set.copyOf(except);
    }
  }

  /**
   * One text, or all but some.
   *
   * @param only the one; empty when all others are meant
   */
  record Words(Optional<String> only, Set<String> except) implements Domain {
    public Words {
      except = Set.copyOf(except);
    }
  }

  /** How the subject's two sides lie to each other. */
  record Order(Set<Relation> allowed) implements Domain {
    public Order {
      allowed = Set.copyOf(allowed);
    }
  }

  /** Of a comparison with a constant; empty where it is none that we can reckon with. */
  static Optional<Domain> of(CelExpr constant, Set<Relation> relations) {
    if (constant.getKind() != CelExpr.ExprKind.Kind.CONSTANT) {
      return Optional.empty();
    }
    CelConstant value = constant.constant();
    boolean equality = relations.equals(Set.of(Relation.EQUAL));
    return switch (value.getKind()) {
      case INT64_VALUE -> Optional.of(range(value.int64Value(), relations));
      case STRING_VALUE ->
          equality
              ? Optional.of(new Words(Optional.of(value.stringValue()), Set.of()))
              : Optional.empty();
      case BOOLEAN_VALUE ->
          equality ? Optional.of(new Sign(value.booleanValue())) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Range range(long bound, Set<Relation> relations) {
    long low = Long.MIN_VALUE;
    long high = Long.MAX_VALUE;
    if (!relations.contains(Relation.LESS)) {
      low =
          relations.contains(Relation.EQUAL) ? bound : Math.addExact(Math.min(bound, high - 1), 1);
    }
    if (!relations.contains(Relation.GREATER)) {
      high = relations.contains(Relation.EQUAL) ? bound : Math.max(bound, low + 1) - 1;
    }
    return new Range(low, high, Set.of());
  }

  /** All values that are not in it; empty where that is no domain of one piece. */
  default Optional<Domain> negated() {
    return switch (this) {
      case Sign(boolean wanted) -> Optional.of(new Sign(!wanted));
      case Order(Set<Relation> allowed) -> {
        EnumSet<Relation> rest = EnumSet.allOf(Relation.class);
        rest.removeAll(allowed);
        yield Optional.of(new Order(rest));
      }
      case Words(Optional<String> only, Set<String> except) ->
          only.isPresent() && except.isEmpty()
              ? Optional.of(new Words(Optional.empty(), Set.of(only.get())))
              : Optional.empty();
      case Range(long low, long high, Set<Long> except) -> {
        if (!except.isEmpty()) {
          yield Optional.empty();
        } else if (low == high) {
          yield Optional.of(new Range(Long.MIN_VALUE, Long.MAX_VALUE, Set.of(low)));
        } else if (low == Long.MIN_VALUE && high < Long.MAX_VALUE) {
          yield Optional.of(new Range(high + 1, Long.MAX_VALUE, Set.of()));
        } else if (high == Long.MAX_VALUE && low > Long.MIN_VALUE) {
          yield Optional.of(new Range(Long.MIN_VALUE, low - 1, Set.of()));
        } else {
          yield Optional.empty();
        }
      }
    };
  }

  /** What is in both; empty when nothing is. */
  default Optional<Domain> meet(Domain other) {
    return switch (this) {
      case Sign sign -> sign.equals(other) ? Optional.of(this) : Optional.empty();
      case Order(Set<Relation> allowed) -> {
        Set<Relation> both = new TreeSet<>(allowed);
        both.retainAll(other instanceof Order order ? order.allowed() : Set.of());
        yield both.isEmpty() ? Optional.empty() : Optional.of(new Order(both));
      }
      case Words words -> other instanceof Words w ? meet(words, w) : Optional.of(this);
      case Range range -> other instanceof Range r ? meet(range, r) : Optional.of(this);
    };
  }

  private static Optional<Domain> meet(Words one, Words other) {
    Set<String> except = new TreeSet<>(one.except());
    except.addAll(other.except());
    boolean differ =
        one.only().isPresent() && other.only().isPresent() && !one.only().equals(other.only());
    Optional<String> only = one.only().or(other::only);
    return differ || only.filter(except::contains).isPresent()
        ? Optional.empty()
        : Optional.of(new Words(only, except));
  }

  private static Optional<Domain> meet(Range one, Range other) {
    Set<Long> except = new TreeSet<>(one.except());
    except.addAll(other.except());
    Range both =
        new Range(Math.max(one.low(), other.low()), Math.min(one.high(), other.high()), except);
    return example(both).isPresent() ? Optional.of(both) : Optional.empty();
  }

  /** The smallest that is not excepted. */
  private static Optional<Long> example(Range range) {
    long start = range.low() == Long.MIN_VALUE ? Math.min(0, range.high()) : range.low();
    for (long value = start; value <= range.high(); value++) {
      if (!range.except().contains(value)) {
        return Optional.of(value);
      }
      if (value == Long.MAX_VALUE) {
        break;
      }
    }
    for (long value = start; value >= range.low(); value--) {
      if (!range.except().contains(value) && value <= range.high()) {
        return Optional.of(value);
      }
      if (value == Long.MIN_VALUE) {
        break;
      }
    }
    return Optional.empty();
  }

  /** As part of an example for people. */
  default String shown(String subject) {
    return switch (this) {
      case Sign(boolean wanted) -> wanted ? subject : "not " + subject;
      case Order(Set<Relation> allowed) -> subject + " " + new TreeSet<>(allowed);
      case Words(Optional<String> only, Set<String> except) ->
          only.map(word -> "%s = '%s'".formatted(subject, word))
              .orElse("%s is none of %s".formatted(subject, new TreeSet<>(except)));
      case Range range -> "%s = %d".formatted(subject, example(range).orElse(range.low()));
    };
  }
}
