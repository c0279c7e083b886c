// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import static dev.holdfast.core.machine.LockMachine.START;
import static dev.holdfast.core.machine.LockMachine.get;
import static dev.holdfast.core.machine.LockMachine.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.core.machine.MachineOutcome.Existing;
import dev.holdfast.core.machine.MachineOutcome.Failure;
import dev.holdfast.core.machine.MachineOutcome.Refused;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineSchema.Mode;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTimer;
import dev.holdfast.spi.machine.MachineTransition;
import dev.holdfast.spi.machine.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MachineInterpreterTest {
  private static final Map<String, Object> ANN = Map.of("client", "ann", "ttl", "30s");

  private final MachineInterpreter lock = new MachineInterpreter(LockMachine.schema());

  @Test
  void createsAnAbsentObjectInItsInitialState() {
    Applied applied = applied(lock, Optional.empty(), "acquire", ANN, START);

    assertThat(applied.object().state()).isEqualTo("held");
    assertThat(applied.object().version()).isEqualTo(1);
    assertThat(applied.object().data())
        .isEqualTo(Map.of("holder", "ann", "fence", 1L, "until", START.plusSeconds(30)));
    assertThat(applied.event().from()).isEqualTo("free");
    assertThat(applied.event().args())
        .isEqualTo(Map.of("client", "ann", "ttl", Duration.ofSeconds(30)));
  }

  @Test
  void answersAllRulesThatFail() {
    MachineObject held = applied(lock, Optional.empty(), "acquire", ANN, START).object();

    List<Failure> failures =
        failures(lock, Optional.of(held), "release", Map.of("client", "bob", "fence", 9));

    assertThat(failures)
        .containsExactly(
            new Failure("release", "NOT_HOLDER", "held by ann"),
            new Failure("release", "STALE_FENCE", "the fence is 1"));
  }

  @Test
  void readsArgumentsBeforeAnyRule() {
    assertThat(codes(failures(lock, Optional.empty(), "acquire", Map.of("client", "", "tll", 1))))
        .containsExactly("BAD_ARGUMENT", "BAD_ARGUMENT", "BAD_ARGUMENT");
  }

  @Test
  void namesWhatStandsInTheWay() {
    MachineObject held = applied(lock, Optional.empty(), "acquire", ANN, START).object();

    assertThat(codes(failures(lock, Optional.of(held), "acquire", ANN)))
        .containsExactly("WRONG_STATE");
    assertThat(codes(failures(lock, Optional.of(held), "seize", ANN)))
        .containsExactly("UNKNOWN_TRANSITION");
    assertThat(codes(failures(lock, Optional.of(held), "expire", Map.of())))
        .containsExactly("NOT_FOR_CLIENTS");
  }

  @Test
  void firesATimerWhenItIsDueAndNotBefore() {
    MachineObject held = applied(lock, Optional.empty(), "acquire", ANN, START).object();
    MachineRequest expire = lock.timer("expire");

    assertThat(MachineTimers.next(LockMachine.schema(), held))
        .contains(new MachineTimers.Due.Fire(START.plusSeconds(30), "expire"));
    assertThat(lock.decide(Optional.of(held), expire, START.plusSeconds(30).minusNanos(1)))
        .isEqualTo(Refused.because("expire", "TIMER_NOT_DUE", "no timer of it is due yet"));
    Applied expired = (Applied) lock.decide(Optional.of(held), expire, START.plusSeconds(30));

    assertThat(expired.object().state()).isEqualTo("free");
    assertThat(expired.object().version()).isEqualTo(2);
    assertThat(expired.event().removed()).containsExactlyInAnyOrder("holder", "until");
    assertThat(MachineTimers.next(LockMachine.schema(), expired.object())).isEmpty();
  }

  @Test
  void timeOfAnObjectNeverGoesBack() {
    MachineObject held = applied(lock, Optional.empty(), "acquire", ANN, START).object();

    Applied released =
        applied(
            lock,
            Optional.of(held),
            "release",
            Map.of("client", "ann", "fence", 1),
            START.minusSeconds(5));

    assertThat(released.object().changedAt()).isEqualTo(START);
  }

  @Test
  void idleBeginsAnewWithEachTransitionAndAfterDoesNot() {
    MachineState on =
        new MachineState(
            "on",
            "On",
            false,
            Set.of(),
            List.of(),
            List.of(
                new MachineTimer.Idle(Duration.ofMinutes(2), "sleep"),
                new MachineTimer.After(Duration.ofMinutes(5), "stop")),
            Optional.empty());
    MachineState off =
        new MachineState(
            "off", "Off", true, Set.of(), List.of(), List.of(), Optional.of(Duration.ofHours(1)));
    MachineSchema schema =
        MachineSchema.of(
            "lamp",
            List.of(),
            "on",
            List.of(on, off),
            List.of(
                MachineTransition.builder("touch", "on", "on").build(),
                MachineTransition.builder("sleep", "on", "off").by(Trigger.TIMER).build(),
                MachineTransition.builder("stop", "on", "off").by(Trigger.TIMER).build()));
    MachineInterpreter lamp = new MachineInterpreter(schema);

    MachineObject first = applied(lamp, Optional.empty(), "touch", Map.of(), START).object();
    Instant later = START.plusSeconds(100);
    MachineObject second = applied(lamp, Optional.of(first), "touch", Map.of(), later).object();
    Instant latest = START.plusSeconds(200);
    MachineObject third = applied(lamp, Optional.of(second), "touch", Map.of(), latest).object();

    assertThat(MachineTimers.next(schema, second))
        .contains(new MachineTimers.Due.Fire(START.plusSeconds(220), "sleep"));
    assertThat(MachineTimers.next(schema, third))
        .contains(new MachineTimers.Due.Fire(START.plusSeconds(300), "stop"));
    Applied stopped =
        (Applied) lamp.decide(Optional.of(third), lamp.timer("stop"), START.plusSeconds(301));
    assertThat(MachineTimers.next(schema, stopped.object()))
        .contains(new MachineTimers.Due.Purge(START.plusSeconds(301 + 3600)));
  }

  @Test
  void choosesAmongTransitionsOfOneEventByItsMode() {
    assertThat(codes(failures(choice(Mode.DETERMINISTIC), Optional.empty(), "go", Map.of("n", 5))))
        .containsExactly("AMBIGUOUS_TRANSITION");
    assertThat(applied(choice(Mode.DETERMINISTIC), Optional.empty(), "go", Map.of("n", 15), START))
        .extracting(applied -> applied.object().state())
        .isEqualTo("right");
    assertThat(applied(choice(Mode.FIRST_MATCH), Optional.empty(), "go", Map.of("n", 5), START))
        .extracting(applied -> applied.object().state())
        .isEqualTo("left");
    MachineInterpreter picks = choice(Mode.CLIENT_PICKS);
    assertThat(failures(picks, Optional.empty(), "go", Map.of("n", 5)))
        .singleElement()
        .satisfies(failure -> assertThat(failure.message()).contains("left, right", "pick one"));
    MachineRequest picked =
        new MachineRequest(Trigger.CLIENT, "go", Optional.of("right"), Map.of("n", 5));
    assertThat(((Applied) picks.decide(Optional.empty(), picked, START)).object().state())
        .isEqualTo("right");
  }

  @Test
  void reportsTheRulesOfAllTransitionsWhenNoneMayBeMade() {
    assertThat(failures(choice(Mode.FIRST_MATCH), Optional.empty(), "go", Map.of("n", -1)))
        .extracting(Failure::transition, Failure::code)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("left", "TOO_SMALL"),
            org.assertj.core.groups.Tuple.tuple("right", "TOO_SMALL"));
  }

  @Test
  void answersARepeatedCreationFromTheStoredData() {
    MachineTransition plain =
        MachineTransition.builder("first", MachineSchema.NONE, "seen").accept("result").build();
    MachineTransition creation =
        new MachineTransition(
            plain.name(),
            plain.label(),
            plain.event(),
            plain.by(),
            plain.from(),
            plain.to(),
            plain.args(),
            plain.accept(),
            plain.require(),
            plain.set(),
            Optional.of(
                new MachineTransition.Existing(
                    "DUPLICATE", Optional.of(scope -> get(scope.old(), "result")))),
            Optional.empty(),
            false);
    MachineInterpreter dedupe =
        new MachineInterpreter(
            MachineSchema.of(
                "dedupe",
                List.of(DataField.optional("result", new DataType.Text(0, 10))),
                MachineSchema.NONE,
                List.of(MachineState.end("seen", "Seen")),
                List.of(creation, MachineTransition.builder("again", "seen", "seen").build())));

    MachineObject seen =
        applied(dedupe, Optional.empty(), "first", Map.of("result", "ok"), START).object();

    assertThat(dedupe.decide(Optional.of(seen), request("first", Map.of("result", "no")), START))
        .isEqualTo(new Existing("DUPLICATE", Optional.of("ok")));
    assertThat(codes(failures(dedupe, Optional.empty(), "again", Map.of())))
        .containsExactly("NOT_FOUND");
  }

  @Test
  void refusesDataThatDoesNotFitItsTypeOrTheTargetState() {
    MachineState full =
        new MachineState(
            "full", "Full", false, Set.of("note"), List.of(), List.of(), Optional.empty());
    MachineInterpreter machine =
        new MachineInterpreter(
            MachineSchema.of(
                "bounded",
                List.of(
                    DataField.starting("n", new DataType.Int(0, 3), 3L),
                    DataField.optional("note", new DataType.Text(1, 5))),
                "full",
                List.of(full),
                List.of(
                    MachineTransition.builder("add", "full", "full")
                        .set("n", scope -> (long) get(scope.old(), "n") + 1)
                        .build())));

    assertThat(codes(failures(machine, Optional.empty(), "add", Map.of())))
        .containsExactly("BAD_VALUE", "MISSING_FIELD");
  }

  @Test
  void schemaRefusesNamesThatItDoesNotKnow() {
    assertThatThrownBy(() ->
            MachineSchema.of(
                "broken",
                List.of(),
                "start",
                List.of(MachineState.of("begin", "Begin")),
                List.of(MachineTransition.builder("go", "begin", "end").set("x", _ -> 1).build())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("start", "end", "x");
  }

  /** Two transitions for n: left from 0, right from 0 and beyond 10. */
  private static MachineInterpreter choice(Mode mode) {
    MachineSchema plain =
        MachineSchema.of(
            "choice",
            List.of(),
            "middle",
            List.of(
                MachineState.of("middle", "Middle"),
                MachineState.end("left", "Left"),
                MachineState.end("right", "Right")),
            List.of(option("left", 10), option("right", 100)));
    return new MachineInterpreter(
        new MachineSchema(
            plain.name(),
            mode,
            plain.data(),
            plain.initial(),
            plain.states(),
            plain.transitions(),
            false));
  }

  private static MachineTransition option(String name, long below) {
    MachineTransition plain =
        MachineTransition.builder(name, "middle", name)
            .argument(DataField.required("n", new DataType.Int(-100, 100)))
            .require(
                rule(scope -> (long) get(scope.args(), "n") >= 0, "TOO_SMALL", _ -> "too small"),
                rule(scope -> (long) get(scope.args(), "n") < below, "TOO_LARGE", _ -> "too large"))
            .build();
    return new MachineTransition(
        name,
        plain.label(),
        "go",
        plain.by(),
        plain.from(),
        plain.to(),
        plain.args(),
        plain.accept(),
        plain.require(),
        plain.set(),
        plain.ifExists(),
        plain.undo(),
        plain.compensates());
  }

  private static MachineRequest request(String event, Map<String, Object> args) {
    return MachineRequest.byClient(event, args);
  }

  private static Applied applied(
      MachineInterpreter machine,
      Optional<MachineObject> stored,
      String event,
      Map<String, Object> args,
      Instant now) {
    MachineOutcome outcome = machine.decide(stored, request(event, args), now);
    assertThat(outcome).isInstanceOf(Applied.class);
    return (Applied) outcome;
  }

  private static List<Failure> failures(
      MachineInterpreter machine,
      Optional<MachineObject> stored,
      String event,
      Map<String, Object> args) {
    MachineOutcome outcome = machine.decide(stored, request(event, args), START);
    assertThat(outcome).isInstanceOf(Refused.class);
    return ((Refused) outcome).failures();
  }

  private static List<String> codes(List<Failure> failures) {
    return failures.stream().map(Failure::code).toList();
  }
}
