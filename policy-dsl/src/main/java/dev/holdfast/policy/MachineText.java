// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.Condition.Quantifier;
import dev.holdfast.spi.machine.MachineSchema.Mode;
import dev.holdfast.spi.machine.Trigger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A machine as it was written: the shape is right, names and expressions are not looked at yet, and
 * everything knows where it stands.
 */
record MachineText(
    ScalarNode name,
    Mode mode,
    boolean keepsJournal,
    Map<String, FieldText> data,
    Optional<ScalarNode> initial,
    Map<String, ConditionText> rules,
    Map<String, StateText> states,
    Map<String, TransitionText> transitions,
    List<Node> tests) {

  /** A type, still text. */
  record FieldText(ScalarNode name, ScalarNode type) {}

  /** What must hold. */
  sealed interface ConditionText {
    Node at();
  }

  record RuleText(ScalarNode that, Optional<ScalarNode> error, Optional<ScalarNode> message)
      implements ConditionText {
    @Override
    public Node at() {
      return that;
    }
  }

  record GroupText(
      Node at,
      Quantifier quantifier,
      List<ConditionText> parts,
      Optional<ScalarNode> error,
      Optional<ScalarNode> message)
      implements ConditionText {}

  /** One of {@code rules:}, by its name. */
  record RuleName(ScalarNode at) implements ConditionText {}

  record StateText(
      ScalarNode name,
      Optional<String> label,
      boolean end,
      List<ScalarNode> need,
      List<ConditionText> require,
      List<TimerText> timers,
      Optional<Duration> purge) {}

  /**
   * @param span of {@code idle} and {@code after}
   * @param moment of {@code at}
   */
  record TimerText(
      Node at,
      boolean idle,
      Optional<Duration> span,
      Optional<ScalarNode> moment,
      ScalarNode fire) {}

  /**
   * @param creates whether it is {@code from: none}
   * @param set fields with their expressions, null nodes for those that are removed
   */
  record TransitionText(
      ScalarNode name,
      Optional<String> label,
      String event,
      Trigger by,
      boolean creates,
      List<ScalarNode> from,
      List<TargetText> to,
      Map<String, FieldText> args,
      List<ScalarNode> accept,
      List<ConditionText> require,
      Map<ScalarNode, Node> set,
      Optional<ExistingText> ifExists,
      Optional<ScalarNode> undo,
      boolean compensates) {}

  /**
   * @param guard empty for {@code otherwise}, and for the only target
   */
  record TargetText(ScalarNode state, Optional<ScalarNode> guard) {}

  record ExistingText(String error, Optional<ScalarNode> reply) {}
}
