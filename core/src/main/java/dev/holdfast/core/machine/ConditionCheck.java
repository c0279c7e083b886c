// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.core.machine.MachineOutcome.Failure;
import dev.holdfast.spi.machine.Condition;
import dev.holdfast.spi.machine.Condition.Complaint;
import dev.holdfast.spi.machine.Condition.Group;
import dev.holdfast.spi.machine.Condition.Rule;
import dev.holdfast.spi.machine.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which conditions do not hold in a scope. A rule without a value counts against the caller under
 * every quantifier, {@code none} included: what cannot be decided is not allowed.
 */
final class ConditionCheck {
  private final Scope scope;
  private final String transition;

  ConditionCheck(Scope scope, String transition) {
    this.scope = scope;
    this.transition = transition;
  }

  private enum Truth {
    TRUE,
    FALSE,
    UNDECIDED
  }

  /**
   * @param failures why it does not hold; for a condition that holds, why it could not be denied
   */
  private record Verdict(Truth truth, List<Failure> failures) {}

  List<Failure> failures(List<Condition> conditions) {
    List<Failure> failures = new ArrayList<>();
    for (Condition condition : conditions) {
      Verdict verdict = judge(condition);
      if (verdict.truth() != Truth.TRUE) {
        failures.addAll(verdict.failures());
      }
    }
    return failures;
  }

  private Verdict judge(Condition condition) {
    return switch (condition) {
      case Rule rule -> judge(rule);
      case Group group -> judge(group);
    };
  }

  private Verdict judge(Rule rule) {
    try {
      if (rule.that().evaluate(scope)) {
        return new Verdict(Truth.TRUE, List.of());
      }
      return new Verdict(
          Truth.FALSE, List.of(failure(rule.complaint(), "a rule of the machine does not hold")));
    } catch (RuntimeException e) {
      String reason = "a rule of the machine has no value: " + e.getMessage();
      Failure failure =
          rule.complaint().isPresent()
              ? failure(rule.complaint(), reason)
              : new Failure(transition, FailureCodes.EVALUATION_FAILED, reason);
      return new Verdict(Truth.UNDECIDED, List.of(failure));
    }
  }

  private Verdict judge(Group group) {
    List<Verdict> parts = group.parts().stream().map(this::judge).toList();
    Truth truth =
        switch (group.quantifier()) {
          case ALL -> all(parts, Truth.TRUE);
          case ANY -> any(parts);
          case NONE -> all(parts, Truth.FALSE);
        };
    if (truth == Truth.TRUE) {
      return new Verdict(truth, List.of());
    }
    List<Failure> failures =
        parts.stream()
            .filter(part -> part.truth() != Truth.TRUE)
            .flatMap(part -> part.failures().stream())
            .toList();
    boolean speaksForItself =
        group.complaint().isPresent()
            || failures.isEmpty()
            || group.quantifier() == Condition.Quantifier.NONE;
    return new Verdict(
        truth,
        speaksForItself
            ? List.of(failure(group.complaint(), "what the machine rules out is the case"))
            : failures);
  }

  /** One that is not so decides; otherwise one without a value does. */
  private static Truth all(List<Verdict> parts, Truth wanted) {
    Truth truth = Truth.TRUE;
    for (Verdict part : parts) {
      if (part.truth() == Truth.UNDECIDED) {
        truth = truth == Truth.TRUE ? Truth.UNDECIDED : truth;
      } else if (part.truth() != wanted) {
        truth = Truth.FALSE;
      }
    }
    return truth;
  }

  private static Truth any(List<Verdict> parts) {
    if (parts.stream().anyMatch(part -> part.truth() == Truth.TRUE)) {
      return Truth.TRUE;
    }
    boolean undecided = parts.stream().anyMatch(part -> part.truth() == Truth.UNDECIDED);
    return undecided ? Truth.UNDECIDED : Truth.FALSE;
  }

  private Failure failure(Optional<Complaint> complaint, String otherwise) {
    return complaint
        .map(c -> new Failure(transition, c.code(), c.message().render(scope)))
        .orElseGet(() -> new Failure(transition, FailureCodes.RULE_FAILED, otherwise));
  }
}
