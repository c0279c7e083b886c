// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineText.ConditionText;
import dev.holdfast.policy.MachineText.GroupText;
import dev.holdfast.policy.MachineText.RuleName;
import dev.holdfast.policy.MachineText.RuleText;
import dev.holdfast.policy.cel.GuardFormula;
import dev.holdfast.spi.machine.Condition;
import dev.holdfast.spi.machine.Condition.Complaint;
import dev.holdfast.spi.machine.Condition.Quantifier;
import dev.holdfast.spi.machine.MessageTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** From rules as they were written to conditions, with their logic for the checks. */
final class ConditionBuilder {
  /** The code of a rule with a message alone, and of one with neither. */
  private static final String DEFAULT_CODE = "RULE_FAILED";

  private final Expressions expressions;
  private final Map<String, ConditionText> named;
  private final Set<String> used;
  private final Problems problems;

  /**
   * @param used gets the names of the rules that are
   */
  ConditionBuilder(
      Expressions expressions,
      Map<String, ConditionText> named,
      Set<String> used,
      Problems problems) {
    this.expressions = expressions;
    this.named = named;
    this.used = used;
    this.problems = problems;
  }

  record Built(List<Condition> conditions, GuardFormula formula) {}

  private record One(Condition condition, GuardFormula formula) {}

  Built build(List<ConditionText> texts) {
    List<One> built = all(texts, Condition.DEPTH_MAX);
    return new Built(
        built.stream().map(One::condition).toList(),
        GuardFormula.all(built.stream().map(One::formula).toList()));
  }

  private List<One> all(List<ConditionText> texts, int depth) {
    List<One> built = new ArrayList<>();
    texts.forEach(text -> one(text, depth).ifPresent(built::add));
    return built;
  }

  private Optional<One> one(ConditionText text, int depth) {
    return switch (text) {
      case RuleText rule -> rule(rule);
      case GroupText group -> group(group, depth);
      case RuleName name -> named(name, depth);
    };
  }

  private Optional<One> rule(RuleText rule) {
    // Compiled first, so that its message is looked at in any case.
    Complaint complaint =
        new Complaint(
            rule.error().map(ScalarNode::getValue).orElse(DEFAULT_CODE),
            rule.message()
                .map(expressions::message)
                .orElseGet(() ->
                    MessageTemplate.fixed("'%s' does not hold".formatted(rule.that().getValue()))));
    return expressions
        .guard(rule.that())
        .map(guard ->
            new One(
                new Condition.Rule(guard.expression(), Optional.of(complaint)), guard.formula()));
  }

  private Optional<One> group(GroupText group, int depth) {
    List<One> parts = all(group.parts(), depth - 1);
    if (depth <= 1 || parts.isEmpty()) {
      if (depth <= 1) {
        problems.add(group.at(), Code.DS010, "rules nest deeper than " + Condition.DEPTH_MAX);
      }
      return Optional.empty();
    }
    Optional<MessageTemplate> message = group.message().map(expressions::message);
    Optional<Complaint> complaint =
        group.error().isEmpty() && message.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Complaint(
                    group.error().map(ScalarNode::getValue).orElse(DEFAULT_CODE),
                    message.orElseGet(() -> MessageTemplate.fixed(fallback(group.quantifier())))));
    return Optional.of(
        new One(
            new Condition.Group(
                group.quantifier(), parts.stream().map(One::condition).toList(), complaint),
            formula(group.quantifier(), parts.stream().map(One::formula).toList())));
  }

  private Optional<One> named(RuleName name, int depth) {
    ConditionText rule = named.get(name.at().getValue());
    used.add(name.at().getValue());
    if (rule == null) {
      problems.add(
          name.at(),
          Code.SM301,
          "there is no rule '%s'".formatted(YamlShape.shown(name.at().getValue())),
          YamlShape.didYouMean(name.at().getValue(), named.keySet()));
      return Optional.empty();
    }
    if (rule instanceof RuleName) {
      problems.add(name.at(), Code.SM301, "a named rule cannot be the name of another one");
      return Optional.empty();
    }
    return one(rule, depth);
  }

  private static String fallback(Quantifier quantifier) {
    return switch (quantifier) {
      case ALL -> "not all of its rules hold";
      case ANY -> "none of its rules holds";
      case NONE -> "one of the rules that must not hold does";
    };
  }

  private static GuardFormula formula(Quantifier quantifier, List<GuardFormula> parts) {
    return switch (quantifier) {
      case ALL -> new GuardFormula.All(parts);
      case ANY -> new GuardFormula.Any(parts);
      case NONE -> new GuardFormula.Not(new GuardFormula.Any(parts));
    };
  }
}
