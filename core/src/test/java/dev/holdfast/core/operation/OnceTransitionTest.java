// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.counter.CounterCommand;
import dev.holdfast.core.counter.CounterReply;
import dev.holdfast.core.counter.CounterTransition;
import dev.holdfast.core.latch.Latch;
import dev.holdfast.core.latch.LatchCommand;
import dev.holdfast.core.latch.LatchReply;
import dev.holdfast.core.latch.LatchTransition;
import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnceTransitionTest {
  private static final EntryKey COUNTER = Keys.counter("c");
  private static final CounterTransition RULES = new CounterTransition();
  private final Observation absent = new Observation(COUNTER, null, 0, 7);

  @Test
  void writesTheSlotsBesideTheSumOfAllThatWait() {
    CommandBatch<Long, Once<CounterCommand>, OnceReply<CounterReply>> batch =
        CommandBatch.of(RULES, absent, List.of(add(0, 1, 5), add(1, 1, 7), add(2, 1, -2)));

    Transaction transaction = batch.transaction().orElseThrow();

    assertThat(transaction.changes())
        .contains(new Change.Put(COUNTER, RULES.encode(10L)))
        .hasSize(4);
    assertThat(transaction.conditions())
        .contains(
            new Condition.AbsentSince(Keys.operation("s", 0), 7),
            new Condition.AbsentSince(Keys.operation("s", 1), 7),
            new Condition.Exists(Keys.session("s")));
    assertThat(batch.answers())
        .containsExactly(done(0, 5, false), done(5, 12, false), done(12, 10, false));
  }

  @Test
  void answersARepeatedOperationFromItsSlotAndChangesNothing() {
    Once<CounterCommand> repeated =
        new Once<>(
            new Operation("s", 0, 3, true),
            slot(3, RULES.encodeReply(new CounterReply(4, 9))),
            new CounterCommand.Add(5));

    var batch = CommandBatch.of(RULES, absent, List.of(repeated));

    assertThat(batch.transaction()).isEmpty();
    assertThat(batch.answers()).containsExactly(done(4, 9, true));
  }

  @Test
  void learnsFromAConflictThatItWasAnsweredAndDropsItFromTheFold() {
    var batch = CommandBatch.of(RULES, absent, List.of(add(0, 1, 5), add(1, 1, 7)));

    var again =
        batch.afterConflict(List.of(slot(1, RULES.encodeReply(new CounterReply(100, 105)))));

    assertThat(again.transaction().orElseThrow().changes())
        .contains(new Change.Put(COUNTER, RULES.encode(7L)))
        .hasSize(2);
    assertThat(again.answers()).containsExactly(done(100, 105, true), done(0, 7, false));
  }

  @Test
  void refusesWhatASlotHasOvertakenAndWhoseSessionHasEnded() {
    Once<CounterCommand> late =
        new Once<>(
            new Operation("s", 0, 2, true),
            slot(3, RULES.encodeReply(new CounterReply(4, 9))),
            new CounterCommand.Add(5));
    assertThat(CommandBatch.of(RULES, absent, List.of(late)).answers())
        .containsExactly(new Answer.Decided<>(new OnceReply.Overtaken<>()));

    var batch = CommandBatch.of(RULES, absent, List.of(add(0, 1, 5)));
    var ended = batch.afterConflict(List.of(new Observation(Keys.session("s"), null, 8, 9)));
    assertThat(ended.transaction()).isEmpty();
    assertThat(ended.answers())
        .containsExactly(new Answer.Refused<>(new OnceReply.SessionGone<>()));
  }

  @Test
  void aCompareAndSetThatFailsIsRememberedToo() {
    Once<CounterCommand> failing =
        new Once<>(
            new Operation("s", 0, 1, false),
            new Observation(Keys.operation("s", 0), null, 0, 7),
            new CounterCommand.CompareAndSet(3, 4));

    var batch = CommandBatch.of(RULES, absent, List.of(failing));

    assertThat(batch.answers()).containsExactly(done(0, 0, false));
    assertThat(batch.transaction().orElseThrow().changes()).hasSize(1);
  }

  @Test
  void keepsNegativeNumbersAndTheirReplies() {
    for (long number : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(RULES.decode(RULES.encode(number))).isEqualTo(number);
      CounterReply reply = new CounterReply(number, -number);
      assertThat(RULES.decodeReply(RULES.encodeReply(reply))).isEqualTo(reply);
    }
  }

  @Test
  void aLatchCountsDownToNothingAndIsSetOnlyWhenItIsOpen() {
    LatchTransition rules = new LatchTransition();

    assertThat(rules.effect(null, new LatchCommand.TrySet(2)))
        .isEqualTo(new Effect<>(new Latch(1, 2), new LatchReply(new Latch(1, 2), true)));
    assertThat(rules.effect(new Latch(1, 2), new LatchCommand.TrySet(5)))
        .isEqualTo(new Effect<>(new Latch(1, 2), new LatchReply(new Latch(1, 2), false)));
    assertThat(rules.effect(new Latch(1, 2), new LatchCommand.CountDown(1)))
        .isEqualTo(new Effect<>(new Latch(1, 1), new LatchReply(new Latch(1, 1), true)));
    assertThat(rules.effect(new Latch(1, 1), new LatchCommand.CountDown(4)))
        .isEqualTo(new Effect<>(new Latch(1, 0), new LatchReply(new Latch(1, 0), true)));
    assertThat(rules.effect(new Latch(1, 0), new LatchCommand.TrySet(5)))
        .isEqualTo(new Effect<>(new Latch(2, 5), new LatchReply(new Latch(2, 5), true)));
    assertThat(rules.effect(null, new LatchCommand.CountDown(1)))
        .isEqualTo(new Effect<>(null, new LatchReply(new Latch(0, 0), false)));
  }

  private static Once<CounterCommand> add(long slot, long sequence, long delta) {
    return new Once<>(
        new Operation("s", slot, sequence, false),
        new Observation(Keys.operation("s", slot), null, 0, 7),
        new CounterCommand.Add(delta));
  }

  private static Observation slot(long sequence, Bytes reply) {
    EntryKey key = Keys.operation("s", 0);
    return new Observation(
        key, new Entry(key, new SlotRecord(sequence, reply).encode(), 6, 6), 0, 8);
  }

  private static Answer<OnceReply<CounterReply>> done(long before, long after, boolean again) {
    return new Answer.Decided<>(new OnceReply.Done<>(new CounterReply(before, after), again));
  }
}
