// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.core.machine.Compensation;
import dev.holdfast.core.machine.JournalEvent;
import dev.holdfast.core.machine.MachineInterpreter;
import dev.holdfast.core.machine.MachineJournal;
import dev.holdfast.core.machine.MachineObject;
import dev.holdfast.core.machine.MachineOutcome;
import dev.holdfast.core.machine.MachineRequest;
import dev.holdfast.core.machine.MachineTimers;
import dev.holdfast.core.machine.MachineTimers.Due;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One object on a laptop: no cluster, and a clock that goes only when told to. It begins at {@link
 * #START}. Confined to one thread.
 */
public final class MachineRun {
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** Of one wait: timers may fire each other. */
  private static final int FIRINGS_MAX = 1_000;

  private final MachineSchema schema;
  private final MachineInterpreter interpreter;
  private final List<JournalEvent> journal = new ArrayList<>();
  private Optional<MachineObject> object = Optional.empty();
  private Instant now = START;
  private boolean given;

  public MachineRun(MachineSchema schema) {
    this.schema = schema;
    this.interpreter = new MachineInterpreter(schema);
  }

  /** Puts the object into a state without a transition, as version 1. */
  void begin(String state, Map<String, Object> data) {
    SortedMap<String, Object> sorted = new TreeMap<>(data);
    object = Optional.of(new MachineObject(state, sorted, 1, now, now));
    given = true;
  }

  public MachineOutcome ask(String event, Optional<String> pick, Map<String, Object> args) {
    return apply(
        interpreter.decide(object, new MachineRequest(Trigger.CLIENT, event, pick, args), now));
  }

  /** Lets time go by; what is due then is done on time, in order. */
  public List<MachineOutcome> advance(Duration span) {
    Instant end = now.plus(span);
    List<MachineOutcome> outcomes = new ArrayList<>();
    while (outcomes.size() < FIRINGS_MAX) {
      Optional<Due> due = next().filter(next -> !next.at().isAfter(end));
      if (due.isEmpty()) {
        break;
      }
      now = due.get().at().isBefore(now) ? now : due.get().at();
      if (due.get() instanceof Due.Fire fire) {
        MachineOutcome outcome =
            apply(interpreter.decide(object, interpreter.timer(fire.transition()), now));
        outcomes.add(outcome);
        if (!(outcome instanceof MachineOutcome.Applied)) {
          break; // Still due: the node would try again.
        }
      } else {
        object = Optional.empty();
        journal.clear();
      }
    }
    now = end;
    return outcomes;
  }

  /** Undoes the steps so far, the last one first. */
  Compensation.Undone compensate() {
    Compensation.Undone undone =
        Compensation.run(
            schema,
            object.orElseThrow(() -> new IllegalStateException("there is no object to undo")),
            journal,
            now);
    object = Optional.of(undone.object());
    journal.addAll(undone.events());
    return undone;
  }

  /** What comes next if nothing else happens. */
  public Optional<Due> next() {
    return object.flatMap(o -> MachineTimers.next(schema, o));
  }

  public Optional<MachineObject> object() {
    return object;
  }

  public Instant now() {
    return now;
  }

  /** {@link MachineSchema#NONE} for no object; an implicit one is in the initial state. */
  public String state() {
    return object
        .map(MachineObject::state)
        .orElseGet(() -> schema.initial().orElse(MachineSchema.NONE));
  }

  /** Whether the journal gives the object; an object that was given has no journal of its start. */
  boolean journalHolds() {
    return given || MachineJournal.fold(schema, journal).equals(object);
  }

  private MachineOutcome apply(MachineOutcome outcome) {
    if (outcome instanceof MachineOutcome.Applied applied) {
      object = Optional.of(applied.object());
      journal.add(applied.event());
    }
    return outcome;
  }
}
