// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.util.List;
import java.util.Optional;

/**
 * What must hold: one expression, or several under a quantifier, to a depth of {@value #DEPTH_MAX}.
 */
public sealed interface Condition {
  int DEPTH_MAX = 8;

  /** What the caller is told when the condition does not hold; empty where its parts say it. */
  Optional<Complaint> complaint();

  /**
   * @param code for programs: capitals, digits and underscores
   */
  record Complaint(String code, MessageTemplate message) {}

  /** One expression. */
  record Rule(Expression<Boolean> that, Optional<Complaint> complaint) implements Condition {}

  /** How the parts of a group count. A part that has no value never counts as hoped for. */
  enum Quantifier {
    ALL,
    ANY,
    NONE
  }

  /** Several parts. */
  record Group(Quantifier quantifier, List<Condition> parts, Optional<Complaint> complaint)
      implements Condition {
    public Group {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) {
        throw new IllegalArgumentException("a group of no conditions");
      }
      if (1 + parts.stream().mapToInt(Condition::depth).max().orElse(0) > DEPTH_MAX) {
        throw new IllegalArgumentException("conditions nest deeper than " + DEPTH_MAX);
      }
    }
  }

  /** 1 for a rule. */
  default int depth() {
    return switch (this) {
      case Rule _ -> 1;
      case Group group -> 1 + group.parts().stream().mapToInt(Condition::depth).max().orElse(0);
    };
  }
}
