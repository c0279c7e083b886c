// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A state machine, complete: every name in it is known. Immutable; its expressions may be called on
 * several threads.
 *
 * @param data the fields of an object, by name, in the order of the document
 * @param initial the state of an object that nobody has created; empty when a transition creates it
 * @param states by name
 * @param transitions by name, in the order of the document, which counts in {@link
 *     Mode#FIRST_MATCH}
 * @param keepsJournal whether every transition stays on record
 */
public record MachineSchema(
    String name,
    Mode mode,
    Map<String, DataField> data,
    Optional<String> initial,
    Map<String, MachineState> states,
    Map<String, MachineTransition> transitions,
    boolean keepsJournal) {
  /** The state before the first one. No state has this name. */
  public static final String NONE = "none";

  public static final int FIELDS_MAX = 64;
  public static final int STATES_MAX = 100;
  public static final int TRANSITIONS_MAX = 200;

  /** Which transition is made when several of one event may be. */
  public enum Mode {
    /** None: the caller is told that they are ambiguous. */
    DETERMINISTIC,
    /** The first in the order of the document. */
    FIRST_MATCH,
    /** That which the caller names. */
    CLIENT_PICKS
  }

  /**
   * @throws IllegalArgumentException with all that does not fit
   */
  public MachineSchema {
    data = ordered(data);
    states = ordered(states);
    transitions = ordered(transitions);
    List<String> faults = new ArrayList<>();
    limit(faults, "fields", data.size(), FIELDS_MAX);
    limit(faults, "states", states.size(), STATES_MAX);
    limit(faults, "transitions", transitions.size(), TRANSITIONS_MAX);
    known(faults, "initial state", initial.stream().toList(), states.keySet());
    if (initial.isEmpty() == transitions.values().stream().noneMatch(MachineTransition::creates)) {
      faults.add("needs either an initial state or a transition from none");
    }
    for (MachineState state : states.values()) {
      checkState(faults, state, data, transitions);
    }
    for (MachineTransition transition : transitions.values()) {
      checkTransition(faults, transition, data, states, transitions);
    }
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException("machine " + name + ": " + String.join("; ", faults));
    }
  }

  public static MachineSchema of(
      String name,
      List<DataField> data,
      String initial,
      List<MachineState> states,
      List<MachineTransition> transitions) {
    Map<String, DataField> fields = new LinkedHashMap<>();
    data.forEach(field -> fields.put(field.name(), field));
    Map<String, MachineState> named = new LinkedHashMap<>();
    states.forEach(state -> named.put(state.name(), state));
    Map<String, MachineTransition> moves = new LinkedHashMap<>();
    transitions.forEach(transition -> moves.put(transition.name(), transition));
    Optional<String> start = initial.equals(NONE) ? Optional.empty() : Optional.of(initial);
    return new MachineSchema(name, Mode.DETERMINISTIC, fields, start, named, moves, false);
  }

  /** Known, since an object is in it. */
  public MachineState state(String state) {
    MachineState found = states.get(state);
    if (found == null) {
      throw new IllegalArgumentException("machine " + name + " has no state " + state);
    }
    return found;
  }

  private static void checkState(
      List<String> faults,
      MachineState state,
      Map<String, DataField> data,
      Map<String, MachineTransition> transitions) {
    if (state.name().equals(NONE)) {
      faults.add("no state can have the name none");
    }
    known(faults, "field of state " + state.name(), state.need(), data.keySet());
    for (MachineTimer timer : state.timers()) {
      MachineTransition fired = transitions.get(timer.fire());
      if (fired == null || fired.by() != Trigger.TIMER || !fired.from().contains(state.name())) {
        faults.add(
            "the timer of state %s fires %s, which is no transition by timer from there"
                .formatted(state.name(), timer.fire()));
      }
    }
  }

  private static void checkTransition(
      List<String> faults,
      MachineTransition transition,
      Map<String, DataField> data,
      Map<String, MachineState> states,
      Map<String, MachineTransition> transitions) {
    String owner = " of transition " + transition.name();
    known(faults, "state" + owner, transition.from(), states.keySet());
    List<String> targets = transition.to().stream().map(MachineTransition.Target::state).toList();
    known(faults, "state" + owner, targets, states.keySet());
    known(faults, "field" + owner, transition.accept(), data.keySet());
    known(faults, "field" + owner, transition.set().keySet(), data.keySet());
    for (String argument : transition.args().keySet()) {
      if (transition.accept().contains(argument)) {
        faults.add("argument %s%s is a field that it accepts".formatted(argument, owner));
      }
    }
    transition
        .undo()
        .filter(undo -> !undoes(transitions.get(undo)))
        .ifPresent(undo -> faults.add("undo %s%s is no compensation".formatted(undo, owner)));
  }

  private static boolean undoes(@Nullable MachineTransition transition) {
    return transition != null && transition.by() == Trigger.COMPENSATION;
  }

  private static void known(
      List<String> faults, String what, Collection<String> names, Set<String> known) {
    for (String unknown : names) {
      if (!known.contains(unknown)) {
        faults.add("%s is not known: %s".formatted(what, unknown));
      }
    }
  }

  private static void limit(List<String> faults, String what, int count, int max) {
    if (count > max) {
      faults.add("has %d %s, at most %d fit".formatted(count, what, max));
    }
  }

  private static <T> Map<String, T> ordered(Map<String, T> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
