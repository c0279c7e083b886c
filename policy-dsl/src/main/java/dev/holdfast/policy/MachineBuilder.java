// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.Expressions.Guard;
import dev.holdfast.policy.MachineText.FieldText;
import dev.holdfast.policy.MachineText.StateText;
import dev.holdfast.policy.MachineText.TargetText;
import dev.holdfast.policy.MachineText.TimerText;
import dev.holdfast.policy.MachineText.TransitionText;
import dev.holdfast.policy.cel.GuardFormula;
import dev.holdfast.policy.cel.Names;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.Expression;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTimer;
import dev.holdfast.spi.machine.MachineTransition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** From the text of a machine to its schema: types, expressions, and what each name means. */
final class MachineBuilder {
  private final MachineText text;
  private final ScalarPlace places;
  private final Problems problems;
  private final Map<String, DataField> data;
  private final Map<String, GuardFormula> guards = new LinkedHashMap<>();
  private final Map<String, List<GuardFormula>> targetGuards = new LinkedHashMap<>();
  private final Set<String> usedRules = new HashSet<>();

  MachineBuilder(MachineText text, ScalarPlace places, Problems problems) {
    this.text = text;
    this.places = places;
    this.problems = problems;
    this.data = fields(text.data());
  }

  /**
   * @param guards what each transition requires, by its name
   * @param targetGuards the guards of a transition with several targets
   */
  record Built(
      MachineSchema schema,
      Map<String, GuardFormula> guards,
      Map<String, List<GuardFormula>> targetGuards) {}

  /** Empty when there are errors. */
  Optional<Built> build() {
    Map<String, MachineState> states = new LinkedHashMap<>();
    text.states().forEach((name, state) -> state(state).ifPresent(s -> states.put(name, s)));
    Map<String, MachineTransition> transitions = new LinkedHashMap<>();
    text.transitions()
        .forEach((name, move) -> transition(move).ifPresent(t -> transitions.put(name, t)));
    reportUnusedRules();
    if (problems.hasErrors()) {
      return Optional.empty();
    }
    MachineSchema schema =
        new MachineSchema(
            text.name().getValue(),
            text.mode(),
            data,
            text.initial().map(ScalarNode::getValue),
            states,
            transitions,
            text.keepsJournal());
    return Optional.of(new Built(schema, guards, targetGuards));
  }

  private void reportUnusedRules() {
    text.rules()
        .forEach((name, rule) -> {
          if (!usedRules.contains(name)) {
            problems.add(rule.at(), Code.SM307, "no transition uses the rule '%s'".formatted(name));
          }
        });
  }

  private Map<String, DataField> fields(Map<String, FieldText> texts) {
    Map<String, DataField> fields = new LinkedHashMap<>();
    texts.forEach((name, field) -> {
      try {
        fields.put(name, TypeReader.field(name, field.type().getValue()));
      } catch (IllegalArgumentException e) {
        problems.add(field.type(), Code.DS009, String.valueOf(e.getMessage()));
      }
    });
    return fields;
  }

  private Optional<MachineState> state(StateText state) {
    Set<String> present = new HashSet<>();
    state.need().forEach(field -> present.add("data." + field.getValue()));
    Expressions expressions =
        new Expressions(new Names(Map.of("data", data), true, present), places, problems);
    ConditionBuilder conditions =
        new ConditionBuilder(expressions, text.rules(), usedRules, problems);
    try {
      return Optional.of(
          new MachineState(
              state.name().getValue(),
              state.label().orElse(state.name().getValue()),
              state.end(),
              values(state.need()),
              conditions.build(state.require()).conditions(),
              state.timers().stream().flatMap(t -> timer(t, expressions).stream()).toList(),
              state.purge()));
    } catch (IllegalArgumentException e) {
      problems.add(state.name(), Code.SM304, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static Optional<MachineTimer> timer(TimerText timer, Expressions expressions) {
    String fire = timer.fire().getValue();
    if (timer.moment().isPresent()) {
      return expressions.moment(timer.moment().get()).map(m -> new MachineTimer.At(m, fire));
    }
    return timer
        .span()
        .map(span ->
            timer.idle() ? new MachineTimer.Idle(span, fire) : new MachineTimer.After(span, fire));
  }

  private Optional<MachineTransition> transition(TransitionText move) {
    Map<String, DataField> args = fields(move.args());
    Expressions expressions = new Expressions(names(move, args), places, problems);
    ConditionBuilder.Built require =
        new ConditionBuilder(expressions, text.rules(), usedRules, problems).build(move.require());
    guards.put(move.name().getValue(), require.formula());
    List<MachineTransition.Target> to = targets(move, expressions);
    Map<String, Optional<Expression<Object>>> set = changes(move, expressions);
    Optional<MachineTransition.Existing> ifExists =
        move.ifExists()
            .map(existing ->
                new MachineTransition.Existing(
                    existing.error(), existing.reply().flatMap(expressions::reply)));
    if (to.isEmpty()) {
      return Optional.empty(); // Reported by then.
    }
    return Optional.of(
        new MachineTransition(
            move.name().getValue(),
            move.label().orElse(move.name().getValue()),
            move.event(),
            move.by(),
            values(move.from()),
            to,
            args,
            values(move.accept()),
            require.conditions(),
            set,
            ifExists,
            move.undo().map(ScalarNode::getValue),
            move.compensates()));
  }

  private List<MachineTransition.Target> targets(TransitionText move, Expressions expressions) {
    List<MachineTransition.Target> targets = new ArrayList<>();
    List<GuardFormula> formulas = new ArrayList<>();
    for (TargetText target : move.to()) {
      Optional<Guard> guard = target.guard().flatMap(expressions::guard);
      guard.ifPresent(g -> formulas.add(g.formula()));
      targets.add(
          new MachineTransition.Target(target.state().getValue(), guard.map(Guard::expression)));
    }
    targetGuards.put(move.name().getValue(), formulas);
    return targets;
  }

  private Map<String, Optional<Expression<Object>>> changes(
      TransitionText move, Expressions expressions) {
    Map<String, Optional<Expression<Object>>> changes = new LinkedHashMap<>();
    move.set()
        .forEach((name, value) -> {
          DataField field = data.get(name.getValue());
          if (field == null) {
            return; // Reported by the checks of names.
          }
          if (YamlShape.isNull(value)) {
            remove(field, value, changes);
          } else {
            expressions
                .value((ScalarNode) value, field.type())
                .ifPresent(e -> changes.put(field.name(), Optional.of(e)));
          }
        });
    return changes;
  }

  private void remove(DataField field, Node at, Map<String, Optional<Expression<Object>>> changes) {
    if (field.optional()) {
      changes.put(field.name(), Optional.empty());
    } else {
      problems.add(
          at,
          Code.DS006,
          "'%s' cannot be removed, since it is not optional".formatted(field.name()),
          "write its type with a '?' at the end");
    }
  }

  /** What the rules of a transition see, and which optional fields cannot be absent there. */
  private Names names(TransitionText move, Map<String, DataField> args) {
    Set<String> present = new HashSet<>();
    Set<String> before = neededByAll(move.from());
    before.forEach(field -> present.add("old." + field));
    neededByAll(move.to().stream().map(TargetText::state).toList())
        .forEach(field -> present.add("new." + field));
    before.forEach(field -> present.add("new." + field));
    move.accept().forEach(field -> present.add("new." + field.getValue()));
    move.set()
        .forEach((field, value) -> {
          if (YamlShape.isNull(value)) {
            present.remove("new." + field.getValue());
          } else {
            present.add("new." + field.getValue());
          }
        });
    Map<String, Map<String, DataField>> records = new LinkedHashMap<>();
    records.put("old", data);
    records.put("new", data);
    records.put("args", args);
    return new Names(records, true, present);
  }

  private Set<String> neededByAll(List<ScalarNode> states) {
    Optional<Set<String>> all = Optional.empty();
    for (ScalarNode name : states) {
      StateText state = text.states().get(name.getValue());
      Set<String> needed = state == null ? Set.of() : values(state.need());
      Set<String> both = new HashSet<>(all.orElse(needed));
      both.retainAll(needed);
      all = Optional.of(both);
    }
    return all.orElse(Set.of());
  }

  private static Set<String> values(List<ScalarNode> nodes) {
    Set<String> values = new HashSet<>();
    nodes.forEach(node -> values.add(node.getValue()));
    return values;
  }
}
