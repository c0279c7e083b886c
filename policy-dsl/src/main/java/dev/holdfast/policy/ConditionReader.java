// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineText.ConditionText;
import dev.holdfast.policy.MachineText.GroupText;
import dev.holdfast.policy.MachineText.RuleName;
import dev.holdfast.policy.MachineText.RuleText;
import dev.holdfast.spi.machine.Condition;
import dev.holdfast.spi.machine.Condition.Quantifier;
import dev.holdfast.yaml.StrictYaml.Field;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads {@code require:} and {@code rules:}. */
final class ConditionReader {
  static final Set<String> KEYS = Set.of("that", "error", "message", "all", "any", "none", "rule");

  private static final Map<String, Quantifier> QUANTIFIERS =
      Map.of("all", Quantifier.ALL, "any", Quantifier.ANY, "none", Quantifier.NONE);
  private static final Pattern ERROR = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  private final YamlShape shape;
  private final Problems problems;

  ConditionReader(YamlShape shape, Problems problems) {
    this.shape = shape;
    this.problems = problems;
  }

  List<ConditionText> list(Optional<Field> field) {
    return field.map(f -> list(f.value(), "'" + f.name() + "'", 1)).orElse(List.of());
  }

  /** One of {@code rules:}; empty when it is none. */
  Optional<ConditionText> read(Field field) {
    return condition(field.value(), 1);
  }

  private List<ConditionText> list(Node node, String what, int depth) {
    return shape.list(node, what).stream()
        .flatMap(entry -> condition(entry, depth).stream())
        .toList();
  }

  private Optional<ConditionText> condition(Node node, int depth) {
    if (node instanceof ScalarNode) {
      return shape
          .text(node, "a rule")
          .map(that -> new RuleText(that, Optional.empty(), Optional.empty()));
    }
    Map<String, Field> keys = shape.section(node, "a rule", KEYS);
    List<String> kinds =
        keys.keySet().stream()
            .filter(key -> !key.equals("error") && !key.equals("message"))
            .toList();
    if (kinds.size() != 1) {
      problems.add(node, Code.DS004, "a rule needs one of 'that', 'all', 'any', 'none' and 'rule'");
      return Optional.empty();
    }
    if (depth > Condition.DEPTH_MAX) {
      problems.add(node, Code.DS010, "rules nest deeper than " + Condition.DEPTH_MAX);
      return Optional.empty();
    }
    return condition(node, kinds.get(0), keys, depth);
  }

  private Optional<ConditionText> condition(
      Node node, String kind, Map<String, Field> keys, int depth) {
    Optional<ScalarNode> error = text(keys, "error").filter(this::isError);
    Optional<ScalarNode> message = text(keys, "message");
    Quantifier quantifier = QUANTIFIERS.get(kind);
    if (quantifier == null) {
      return text(keys, kind)
          .map(text ->
              kind.equals("that") ? new RuleText(text, error, message) : new RuleName(text));
    }
    Node parts = keys.values().stream().filter(f -> f.name().equals(kind)).toList().get(0).value();
    List<ConditionText> read = list(parts, "'" + kind + "'", depth + 1);
    if (read.isEmpty()) {
      return Optional.empty(); // Reported by then, but for an empty list.
    }
    return Optional.of(new GroupText(node, quantifier, read, error, message));
  }

  private boolean isError(ScalarNode error) {
    if (ERROR.matcher(error.getValue()).matches()) {
      return true;
    }
    problems.add(
        error,
        Code.DS007,
        "'%s' is no error code".formatted(YamlShape.shown(error.getValue())),
        "a code has capitals, digits and underscores, such as NOT_HOLDER");
    return false;
  }

  private Optional<ScalarNode> text(Map<String, Field> keys, String key) {
    Field field = keys.get(key);
    return field == null ? Optional.empty() : shape.text(field.value(), "'" + key + "'");
  }
}
