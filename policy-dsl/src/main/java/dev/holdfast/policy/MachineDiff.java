// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTimer;
import dev.holdfast.spi.machine.MachineTransition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a new version of a machine means for objects and callers of the one before: an object in any
 * state, with any data that fits, must have a place in the new one.
 */
public final class MachineDiff {
  private final CompiledMachine before;
  private final CompiledMachine after;
  private final List<Difference> differences = new ArrayList<>();

  private MachineDiff(CompiledMachine before, CompiledMachine after) {
    this.before = before;
    this.after = after;
  }

  /**
   * @param code {@code SM350} what objects do not survive, {@code SM351} what callers do not,
   *     {@code SM352} what behaves otherwise
   */
  public record Difference(Code code, String message) {
    public boolean isCompatible() {
      return code == Code.SM352;
    }
  }

  /** Empty for two documents of one meaning. */
  public static List<Difference> between(CompiledMachine before, CompiledMachine after) {
    MachineDiff diff = new MachineDiff(before, after);
    if (!before.hash().equals(after.hash())) {
      diff.compare(before.schema(), after.schema());
    }
    return List.copyOf(diff.differences);
  }

  private void compare(MachineSchema old, MachineSchema next) {
    if (!old.name().equals(next.name())) {
      add(Code.SM351, "the machine is called '%s' now".formatted(next.name()));
    }
    if (old.mode() != next.mode()) {
      add(Code.SM352, "the mode is %s now".formatted(next.mode()));
    }
    if (!old.initial().equals(next.initial())) {
      add(
          Code.SM351,
          "objects begin in '%s' now".formatted(next.initial().orElse(MachineSchema.NONE)));
    }
    compareData(old, next);
    old.states().forEach((name, state) -> compareState(state, next));
    next.states().keySet().stream()
        .filter(name -> !old.states().containsKey(name))
        .forEach(name -> add(Code.SM352, "state '%s' is new".formatted(name)));
    old.transitions().forEach((name, move) -> compareTransition(move, next));
    next.transitions().keySet().stream()
        .filter(name -> !old.transitions().containsKey(name))
        .forEach(name -> add(Code.SM352, "transition '%s' is new".formatted(name)));
    compareExpressions();
    if (differences.isEmpty()) {
      add(Code.SM352, "labels, codes or messages are others");
    }
  }

  private void compareData(MachineSchema old, MachineSchema next) {
    for (DataField field : old.data().values()) {
      DataField now = next.data().get(field.name());
      if (now == null) {
        add(Code.SM350, "field '%s' is gone".formatted(field.name()));
      } else if (!Widening.holds(field.type(), now.type())) {
        add(
            Code.SM350,
            "field '%s' was %s and is %s, which does not hold all of it"
                .formatted(field.name(), field.type().text(), now.type().text()));
      } else if (field.optional() && !now.optional()) {
        add(Code.SM350, "field '%s' may not be absent any more".formatted(field.name()));
      }
    }
    for (DataField field : next.data().values()) {
      if (!old.data().containsKey(field.name())) {
        add(
            field.optional() ? Code.SM352 : Code.SM350,
            field.optional()
                ? "field '%s' is new".formatted(field.name())
                : "field '%s' is new and not optional".formatted(field.name()));
      }
    }
  }

  private void compareState(MachineState state, MachineSchema next) {
    MachineState now = next.states().get(state.name());
    if (now == null) {
      add(Code.SM350, "state '%s' is gone".formatted(state.name()));
      return;
    }
    Set<String> needed = new HashSet<>(now.need());
    needed.removeAll(state.need());
    if (!needed.isEmpty()) {
      add(Code.SM350, "state '%s' needs %s now".formatted(state.name(), needed));
    }
    if (state.end() != now.end()) {
      add(
          Code.SM352,
          "state '%s' is %s now".formatted(state.name(), now.end() ? "final" : "not final"));
    }
    if (!timers(state).equals(timers(now)) || !state.purge().equals(now.purge())) {
      add(Code.SM352, "state '%s' has other timers".formatted(state.name()));
    }
  }

  private static List<String> timers(MachineState state) {
    return state.timers().stream()
        .map(timer ->
            switch (timer) {
              case MachineTimer.Idle idle -> "idle " + idle.span() + " " + idle.fire();
              case MachineTimer.After after -> "after " + after.span() + " " + after.fire();
              case MachineTimer.At at -> "at " + at.fire();
            })
        .toList();
  }

  private void compareTransition(MachineTransition move, MachineSchema next) {
    MachineTransition now = next.transitions().get(move.name());
    if (now == null) {
      add(Code.SM351, "transition '%s' is gone".formatted(move.name()));
      return;
    }
    String name = move.name();
    if (!move.event().equals(now.event()) || move.by() != now.by()) {
      add(Code.SM351, "transition '%s' is asked for in another way".formatted(name));
    }
    if (!now.from().containsAll(move.from()) || move.creates() != now.creates()) {
      add(Code.SM351, "transition '%s' leaves fewer states".formatted(name));
    }
    if (!targets(move).equals(targets(now))) {
      add(Code.SM352, "transition '%s' leads to %s now".formatted(name, targets(now)));
    }
    compareArguments(move, now);
  }

  private static List<String> targets(MachineTransition move) {
    return move.to().stream().map(MachineTransition.Target::state).toList();
  }

  private void compareArguments(MachineTransition move, MachineTransition now) {
    for (DataField argument : move.args().values()) {
      DataField next = now.args().get(argument.name());
      if (next == null || !Widening.holds(argument.type(), next.type())) {
        add(
            Code.SM351,
            "argument '%s' of '%s' is gone or narrower".formatted(argument.name(), move.name()));
      }
    }
    for (DataField argument : now.args().values()) {
      boolean demanded = !argument.optional() && argument.initial().isEmpty();
      if (!move.args().containsKey(argument.name()) && demanded) {
        add(
            Code.SM351,
            "argument '%s' of '%s' is new and not optional"
                .formatted(argument.name(), move.name()));
      }
    }
    if (!now.accept().containsAll(move.accept())) {
      add(Code.SM351, "transition '%s' accepts fewer fields".formatted(move.name()));
    }
  }

  private void compareExpressions() {
    before
        .expressions()
        .forEach((place, texts) -> {
          List<String> now = after.expressions().get(place);
          if (now != null && !Objects.equals(texts, now)) {
            add(Code.SM352, "%s: was %s, is %s".formatted(place, texts, now));
          }
        });
  }

  private void add(Code code, String message) {
    differences.add(new Difference(code, message));
  }

  /** Whether a type holds all values of another. */
  private static final class Widening {
    private Widening() {}

    static boolean holds(DataType old, DataType next) {
      return switch (old) {
        case DataType.Text text ->
            next instanceof DataType.Text n && n.min() <= text.min() && n.max() >= text.max();
        case DataType.Int number ->
            next instanceof DataType.Int n && n.min() <= number.min() && n.max() >= number.max();
        case DataType.Choice choice ->
            next instanceof DataType.Choice n && n.words().containsAll(choice.words());
        case DataType.ListOf list ->
            next instanceof DataType.ListOf n
                && n.max() >= list.max()
                && holds(list.element(), n.element());
        case DataType.MapOf map ->
            next instanceof DataType.MapOf n
                && n.max() >= map.max()
                && holds(map.key(), n.key())
                && holds(map.value(), n.value());
        case DataType.Hex hex ->
            next.equals(hex)
                || (next instanceof DataType.Text n
                    && n.min() <= hex.length()
                    && n.max() >= hex.length());
        case DataType.Uuid _, DataType.Bool _, DataType.Time _, DataType.Span _ -> next.equals(old);
      };
    }
  }
}
