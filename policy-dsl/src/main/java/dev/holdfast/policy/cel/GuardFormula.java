// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The logic of a guard: what it compares, joined by and, or, not. It decides whether two guards can
 * hold at once, as far as that follows from comparisons with constants, from comparisons of the
 * same two expressions, and from the same expression being true and false.
 */
public sealed interface GuardFormula {
  record Constant(boolean value) implements GuardFormula {}

  record All(List<GuardFormula> parts) implements GuardFormula {
    public All {
      parts = List.copyOf(parts);
    }
  }

  record Any(List<GuardFormula> parts) implements GuardFormula {
    public Any {
      parts = List.copyOf(parts);
    }
  }

  record Not(GuardFormula part) implements GuardFormula {}

  /**
   * An expression that must lie in a domain.
   *
   * @param free whether its value is not bound to that of another subject
   * @param presence the subject that must exist, {@code has(old.holder)}; empty for others
   */
  record Atom(String subject, Domain domain, boolean free, Optional<String> presence)
      implements GuardFormula {}

  /** Whether two guards can hold at once. */
  sealed interface Overlap {}

  record Disjoint() implements Overlap {}

  /** {@code example} is a case in which both hold. */
  record Overlaps(String example) implements Overlap {}

  record Undecided() implements Overlap {}

  static GuardFormula all(List<GuardFormula> parts) {
    return new All(parts);
  }

  /** Of a condition whose expression did not compile, or is not looked into. */
  static GuardFormula opaque(String text) {
    return new Atom(text, new Domain.Sign(true), false, Optional.empty());
  }

  default Overlap overlap(GuardFormula other) {
    return new Satisfiability().of(new All(List.of(this, other)));
  }

  /** Never true, whatever the values. */
  default boolean contradictsItself() {
    return new Satisfiability().of(this) instanceof Disjoint;
  }

  /** Always true, whatever the values. */
  default boolean holdsAlways() {
    return new Satisfiability().of(new Not(this)) instanceof Disjoint;
  }

  /** How one value lies to another. */
  enum Relation {
    LESS,
    EQUAL,
    GREATER;

    static Set<Relation> flip(Set<Relation> relations) {
      EnumSet<Relation> flipped = EnumSet.noneOf(Relation.class);
      for (Relation relation : relations) {
        flipped.add(
            switch (relation) {
              case LESS -> GREATER;
              case EQUAL -> EQUAL;
              case GREATER -> LESS;
            });
      }
      return flipped;
    }
  }
}
