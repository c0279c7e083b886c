// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import static dev.holdfast.core.machine.LockMachine.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.core.machine.MachineOutcome.Refused;
import dev.holdfast.spi.machine.Condition;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTransition;
import dev.holdfast.spi.machine.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A trip: hotel, then flight, then payment, which may be refused. */
final class CompensationTest {
  private final MachineSchema schema = trip();
  private final MachineInterpreter machine = new MachineInterpreter(schema);
  private final List<JournalEvent> journal = new ArrayList<>();
  private Optional<MachineObject> object = Optional.empty();

  @Test
  void undoesTheStepsInReverseOrderWhenALaterOneFails() {
    step("hotel");
    step("flight");
    Refused refused = (Refused) machine.decide(object, request("pay"), START);
    assertThat(refused.compensates()).isTrue();

    Compensation.Undone undone = Compensation.run(schema, object.orElseThrow(), journal, START);

    assertThat(undone.failures()).isEmpty();
    assertThat(undone.events())
        .extracting(JournalEvent::transition)
        .containsExactly("cancelFlight", "cancelHotel");
    assertThat(undone.object().state()).isEqualTo("idle");
    assertThat(undone.object().version()).isEqualTo(4);
    journal.addAll(undone.events());
    assertThat(MachineJournal.fold(schema, journal)).contains(undone.object());
  }

  @Test
  void takesNoStepBackTwice() {
    step("hotel");
    Compensation.Undone first = Compensation.run(schema, object.orElseThrow(), journal, START);
    journal.addAll(first.events());

    assertThat(Compensation.plan(schema, journal)).isEmpty();
    object = Optional.of(first.object());
    step("hotel");
    assertThat(Compensation.plan(schema, journal)).containsExactly("cancelHotel");
  }

  private void step(String event) {
    Applied applied = (Applied) machine.decide(object, request(event), START);
    journal.add(applied.event());
    object = Optional.of(applied.object());
  }

  private static MachineRequest request(String event) {
    return MachineRequest.byClient(event, Map.of());
  }

  private static MachineSchema trip() {
    Condition never = new Condition.Rule(_ -> false, Optional.empty());
    return MachineSchema.of(
        "trip",
        List.of(DataField.starting("booked", new DataType.Int(0, 2), 0L)),
        "idle",
        List.of(
            MachineState.of("idle", "Nothing booked"),
            MachineState.of("housed", "Hotel booked"),
            MachineState.of("flying", "Flight booked"),
            MachineState.end("paid", "Paid")),
        List.of(
            with("hotel", "idle", "housed", 1, Optional.of("cancelHotel"), List.of()),
            with("flight", "housed", "flying", 2, Optional.of("cancelFlight"), List.of()),
            with("pay", "flying", "paid", 2, Optional.empty(), List.of(never)),
            undo("cancelFlight", "flying", "housed", 1),
            undo("cancelHotel", "housed", "idle", 0)));
  }

  private static MachineTransition undo(String name, String from, String to, long booked) {
    return MachineTransition.builder(name, from, to)
        .by(Trigger.COMPENSATION)
        .set("booked", _ -> booked)
        .build();
  }

  private static MachineTransition with(
      String name,
      String from,
      String to,
      long booked,
      Optional<String> undo,
      List<Condition> require) {
    return new MachineTransition(
        name,
        name,
        name,
        Trigger.CLIENT,
        Set.of(from),
        List.of(new MachineTransition.Target(to, Optional.empty())),
        Map.of(),
        Set.of(),
        require,
        Map.of("booked", Optional.of(_ -> booked)),
        Optional.empty(),
        undo,
        /* compensates= */ true);
  }
}
