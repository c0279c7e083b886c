// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.core.machine.MachineOutcome.Existing;
import dev.holdfast.core.machine.MachineOutcome.Failure;
import dev.holdfast.core.machine.MachineOutcome.Refused;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineTransition;
import dev.holdfast.spi.machine.Trigger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes the steps of a saga back, the last one first. */
public final class Compensation {
  private Compensation() {}

  /**
   * @param object after the undone steps
   * @param events of the undone steps, in the order in which they were undone
   * @param failures why it stopped before the first step; empty when it went through
   */
  public record Undone(MachineObject object, List<JournalEvent> events, List<Failure> failures) {
    public Undone {
      events = List.copyOf(events);
      failures = List.copyOf(failures);
    }
  }

  /**
   * Stops at an end state, and at an undo that is refused.
   *
   * @param journal all events of the object, the first one first
   */
  public static Undone run(
      MachineSchema schema, MachineObject object, List<JournalEvent> journal, Instant now) {
    MachineInterpreter interpreter = new MachineInterpreter(schema);
    List<JournalEvent> undone = new ArrayList<>();
    MachineObject current = object;
    for (String undo : plan(schema, journal)) {
      if (schema.state(current.state()).end()) {
        break;
      }
      switch (interpreter.decide(Optional.of(current), interpreter.compensation(undo), now)) {
        case Applied applied -> {
          current = applied.object();
          undone.add(applied.event());
        }
        case Refused refused -> {
          return new Undone(current, undone, refused.failures());
        }
        case Existing _ -> throw new IllegalStateException("an undo creates nothing: " + undo);
      }
    }
    return new Undone(current, undone, List.of());
  }

  /** The undo of each step that was not taken back yet; steps without one are passed over. */
  static List<String> plan(MachineSchema schema, List<JournalEvent> journal) {
    List<String> plan = new ArrayList<>();
    int takenBack = 0;
    for (JournalEvent event : journal.reversed()) {
      MachineTransition made = schema.transitions().get(event.transition());
      if (made == null) {
        throw new IllegalArgumentException("no transition " + event.transition());
      }
      if (made.by() == Trigger.COMPENSATION) {
        takenBack++;
      } else if (made.undo().isPresent() && takenBack > 0) {
        takenBack--;
      } else {
        made.undo().ifPresent(plan::add);
      }
    }
    return plan;
  }
}
