// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineText.StateText;
import dev.holdfast.policy.MachineText.TargetText;
import dev.holdfast.policy.MachineText.TimerText;
import dev.holdfast.policy.MachineText.TransitionText;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.Trigger;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Whether every name of a machine is that of something, and of the right thing. */
final class NameChecks {
  private final MachineText text;
  private final Problems problems;

  NameChecks(MachineText text, Problems problems) {
    this.text = text;
    this.problems = problems;
  }

  void run() {
    checkStart();
    text.states().values().forEach(this::checkState);
    text.transitions().values().forEach(this::checkTransition);
  }

  private void checkStart() {
    boolean creates = text.transitions().values().stream().anyMatch(TransitionText::creates);
    if (text.initial().isPresent() == creates) {
      problems.add(
          text.name(),
          Code.SM305,
          creates
              ? "an object begins in the initial state, or by a transition from none, not both"
              : "there is neither an initial state nor a transition from none",
          "write 'initial: NAME of a state', or 'from: none' in a transition");
    }
    text.initial().ifPresent(initial -> known("state", initial, text.states().keySet()));
  }

  private void checkState(StateText state) {
    if (state.name().getValue().equals(MachineSchema.NONE)) {
      problems.add(state.name(), Code.DS007, "no state can have the name 'none'");
    }
    if (state.label().isEmpty()) {
      problems.add(state.name(), Code.SM330, label("state", state.name()));
    }
    known("field", state.need());
    for (TimerText timer : state.timers()) {
      TransitionText fired = text.transitions().get(timer.fire().getValue());
      if (known("transition", timer.fire(), text.transitions().keySet()) && fired != null) {
        checkFired(state, timer, fired);
      }
    }
  }

  private void checkFired(StateText state, TimerText timer, TransitionText fired) {
    String name = fired.name().getValue();
    if (fired.by() != Trigger.TIMER) {
      problems.add(
          timer.fire(),
          Code.SM306,
          "'%s' is not made by a timer".formatted(name),
          "write 'by: timer' in it");
    } else if (!leaves(fired, state.name().getValue())) {
      problems.add(
          timer.fire(),
          Code.SM306,
          "'%s' does not leave state '%s'".formatted(name, state.name().getValue()));
    }
  }

  private void checkTransition(TransitionText move) {
    if (move.label().isEmpty()) {
      problems.add(move.name(), Code.SM330, label("transition", move.name()));
    }
    move.from().forEach(state -> known("state", state, text.states().keySet()));
    move.to().stream()
        .map(TargetText::state)
        .forEach(state -> known("state", state, text.states().keySet()));
    known("field", move.accept());
    known("field", List.copyOf(move.set().keySet()));
    for (ScalarNode field : move.accept()) {
      if (move.args().containsKey(field.getValue())) {
        problems.add(
            field,
            Code.DS007,
            "'%s' is an argument, and a field that is accepted".formatted(field.getValue()));
      }
    }
    checkTrigger(move);
    move.undo().ifPresent(undo -> checkUndo(undo));
  }

  private void checkTrigger(TransitionText move) {
    if (move.by() != Trigger.CLIENT && (!move.args().isEmpty() || !move.accept().isEmpty())) {
      problems.add(
          move.name(),
          Code.SM306,
          "the cluster makes this transition, and has no arguments for it");
    }
    boolean fired =
        text.states().values().stream()
            .flatMap(state -> state.timers().stream())
            .anyMatch(timer -> timer.fire().getValue().equals(move.name().getValue()));
    if (move.by() == Trigger.TIMER && !fired) {
      problems.add(
          move.name(), Code.SM307, "no timer fires '%s'".formatted(move.name().getValue()));
    }
    boolean undoes =
        text.transitions().values().stream()
            .flatMap(other -> other.undo().stream())
            .anyMatch(undo -> undo.getValue().equals(move.name().getValue()));
    if (move.by() == Trigger.COMPENSATION && !undoes) {
      problems.add(
          move.name(), Code.SM307, "'%s' undoes nothing".formatted(move.name().getValue()));
    }
  }

  private void checkUndo(ScalarNode undo) {
    TransitionText undoing = text.transitions().get(undo.getValue());
    if (known("transition", undo, text.transitions().keySet())
        && undoing != null
        && undoing.by() != Trigger.COMPENSATION) {
      problems.add(
          undo,
          Code.SM306,
          "'%s' is no compensation".formatted(undo.getValue()),
          "write 'by: compensation' in it");
    }
  }

  static boolean leaves(TransitionText move, String state) {
    return move.from().stream().anyMatch(from -> from.getValue().equals(state));
  }

  private void known(String what, List<ScalarNode> names) {
    names.forEach(name -> known(what, name, text.data().keySet()));
  }

  private boolean known(String what, ScalarNode name, Set<String> names) {
    if (names.contains(name.getValue())) {
      return true;
    }
    problems.add(
        name,
        Code.SM301,
        "there is no %s '%s'".formatted(what, YamlShape.shown(name.getValue())),
        YamlShape.didYouMean(name.getValue(), names));
    return false;
  }

  private static String label(String what, ScalarNode name) {
    return "%s '%s' has no label for diagrams".formatted(what, name.getValue());
  }
}
