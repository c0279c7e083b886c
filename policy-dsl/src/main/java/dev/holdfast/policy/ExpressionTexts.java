// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineText.ConditionText;
import dev.holdfast.policy.MachineText.GroupText;
import dev.holdfast.policy.MachineText.RuleName;
import dev.holdfast.policy.MachineText.RuleText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** What a compiled machine keeps of the texts of its expressions. */
final class ExpressionTexts {
  private final MachineText machine;

  private ExpressionTexts(MachineText machine) {
    this.machine = machine;
  }

  static Map<String, List<String>> of(MachineText machine) {
    ExpressionTexts texts = new ExpressionTexts(machine);
    Map<String, List<String>> found = new LinkedHashMap<>();
    machine
        .states()
        .forEach((name, state) -> {
          found.put("states." + name + ".require", texts.conditions(state.require()));
          List<String> moments = new ArrayList<>();
          state.timers().forEach(t -> moments.add(t.moment().map(ScalarNode::getValue).orElse("")));
          found.put("states." + name + ".timers", moments);
        });
    machine
        .transitions()
        .forEach((name, move) -> {
          found.put("transitions." + name + ".require", texts.conditions(move.require()));
          List<String> guards = new ArrayList<>();
          move.to().forEach(to -> guards.add(to.guard().map(ScalarNode::getValue).orElse("")));
          found.put("transitions." + name + ".to", guards);
          List<String> set = new ArrayList<>();
          move.set()
              .forEach((field, value) ->
                  set.add(
                      field.getValue()
                          + " = "
                          + (YamlShape.isNull(value) ? "~" : ((ScalarNode) value).getValue())));
          found.put("transitions." + name + ".set", set);
        });
    return found;
  }

  private List<String> conditions(List<ConditionText> conditions) {
    return conditions.stream().map(this::condition).toList();
  }

  private String condition(ConditionText condition) {
    return switch (condition) {
      case RuleText rule -> rule.that().getValue();
      case GroupText group ->
          group.quantifier().name().toLowerCase(Locale.ROOT)
              + group.parts().stream()
                  .map(this::condition)
                  .collect(Collectors.joining("; ", "(", ")"));
      case RuleName name -> {
        ConditionText rule = machine.rules().get(name.at().getValue());
        yield rule == null || rule instanceof RuleName ? name.at().getValue() : condition(rule);
      }
    };
  }
}
