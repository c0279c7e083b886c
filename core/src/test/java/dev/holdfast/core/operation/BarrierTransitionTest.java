// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.barrier.Barrier;
import dev.holdfast.core.barrier.Barrier.Party;
import dev.holdfast.core.barrier.BarrierCommand;
import dev.holdfast.core.barrier.BarrierReply;
import dev.holdfast.core.barrier.BarrierReply.Outcome;
import dev.holdfast.core.barrier.BarrierTransition;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BarrierTransitionTest {
  private static final EntryKey KEY = Keys.barrier("b");
  private static final BarrierTransition RULES = new BarrierTransition();
  private static final Party A = new Party("a", "1");
  private static final Party B = new Party("b", "1");
  private static final Party C = new Party("c", "1");

  @Test
  void tripsWithTheLastPartyAndBeginsAnotherRound() {
    var first = RULES.effect(null, new BarrierCommand.Arrive(A, 2));
    var second = RULES.effect(first.next(), new BarrierCommand.Arrive(B, 2));

    assertThat(first.reply()).isEqualTo(new BarrierReply(Outcome.ARRIVED, 0, 0, 2));
    assertThat(second.reply()).isEqualTo(new BarrierReply(Outcome.TRIPPED, 0, 1, 2));
    assertThat(second.next()).isEqualTo(new Barrier(2, 1, List.of()));
    assertThat(second.conditions())
        .containsExactly(
            new Condition.Exists(Keys.session("a")), new Condition.Exists(Keys.session("b")));
  }

  @Test
  void aPartyWhoseSessionHasEndedHasLeft() {
    Barrier waiting = new Barrier(2, 4, List.of(A));
    Observation entry = new Observation(KEY, new Entry(KEY, RULES.encode(waiting), 9, 9), 0, 9);
    Once<BarrierCommand> arrive = new Once<>(null, null, new BarrierCommand.Arrive(B, 2));
    var batch = CommandBatch.of(RULES, entry, List.of(arrive));
    assertThat(batch.state()).isEqualTo(new Barrier(2, 5, List.of()));

    var again = batch.afterConflict(List.of(new Observation(Keys.session("a"), null, 10, 11)));

    assertThat(again.state()).isEqualTo(new Barrier(2, 4, List.of(B)));
    assertThat(again.answers())
        .hasToString(CommandBatch.of(RULES, absentRound4(), List.of(arrive)).answers().toString());
  }

  private static Observation absentRound4() {
    Barrier empty = new Barrier(2, 4, List.of());
    return new Observation(KEY, new Entry(KEY, RULES.encode(empty), 9, 9), 0, 9);
  }

  @Test
  void leavesOnlyARoundThatHasNotTripped() {
    Barrier waiting = new Barrier(3, 4, List.of(A, B));

    assertThat(RULES.effect(waiting, new BarrierCommand.Leave(A, 4)))
        .isEqualTo(
            new Effect<>(new Barrier(3, 4, List.of(B)), new BarrierReply(Outcome.LEFT, 4, 1, 3)));
    assertThat(outcome(waiting, new BarrierCommand.Leave(A, 3))).isEqualTo(Outcome.TRIPPED);
    assertThat(outcome(null, new BarrierCommand.Leave(A, 0))).isEqualTo(Outcome.LEFT);
  }

  @Test
  void refusesAnotherNumberOfPartiesWhileSomeWait() {
    Barrier waiting = new Barrier(3, 4, List.of(A));

    assertThat(outcome(waiting, new BarrierCommand.Arrive(B, 2))).isEqualTo(Outcome.OTHER_PARTIES);
    assertThat(outcome(waiting, new BarrierCommand.Arrive(A, 2)))
        .as("it alone waits")
        .isEqualTo(Outcome.ARRIVED);
    assertThat(outcome(new Barrier(3, 4, List.of()), new BarrierCommand.Arrive(B, 1)))
        .isEqualTo(Outcome.TRIPPED);
  }

  @Test
  void keepsStateAndReplies() {
    Barrier barrier = new Barrier(3, 4, List.of(A, C));
    assertThat(RULES.decode(RULES.encode(barrier))).isEqualTo(barrier);
    for (Outcome outcome : Outcome.values()) {
      BarrierReply reply = new BarrierReply(outcome, 7, 2, 3);
      assertThat(RULES.decodeReply(RULES.encodeReply(reply))).isEqualTo(reply);
    }
  }

  private static Outcome outcome(@Nullable Barrier state, BarrierCommand command) {
    return Objects.requireNonNull(RULES.effect(state, command).reply()).outcome();
  }
}
