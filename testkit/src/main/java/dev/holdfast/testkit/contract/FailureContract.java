package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.absentSince;
import static dev.holdfast.testkit.contract.ContractScript.atVersion;
import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.present;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Restarts, closed coordinators, and answers that get lost. */
interface FailureContract extends ContractScript {

  @Test
  default void keepsWhatWasAcknowledgedOverTheRestartOfEachNode() {
    assumeTrue(backend().canRestart());
    EntryKey counter = key("counter");
    EntryKey gone = key("gone");
    long sent = read(first(), gone).revision();
    committed(first(), put(gone, "x"));
    committed(first(), delete(gone));
    long last = committed(first(), put(counter, "start"));
    for (int restarted = 0; restarted < backend().nodes(); restarted++) {
      Entry before = entry(first(), counter);

      backend().stop(restarted);
      backend().start(restarted);

      assertThat(entry(node(restarted), counter)).isEqualTo(before);
      conflict(node(restarted), List.of(absentSince(gone, sent)), put(gone, "late"));
      long next =
          committed(
              node(restarted),
              List.of(atVersion(counter, before.version())),
              put(counter, "after the restart of " + restarted));
      assertThat(next).isGreaterThan(last);
      conflict(first(), List.of(atVersion(counter, before.version())), put(counter, "late"));
      last = next;
    }
  }

  @Test
  default void goesOnWithoutOneOfThree() {
    assumeTrue(backend().canRestart() && backend().nodes() >= 3);
    for (int stopped = 0; stopped < backend().nodes(); stopped++) {
      EntryKey key = key("while" + stopped);

      backend().stop(stopped);
      try {
        committed(node(stopped + 1), put(key, "x"));
        assertThat(text(entry(node(stopped + 2), key))).isEqualTo("x");
      } finally {
        backend().start(stopped);
      }

      assertThat(text(entry(node(stopped), key))).isEqualTo("x");
    }
  }

  @Test
  default void refusesWorkAfterItsClose() {
    assumeTrue(backend().canRestart());
    Coordinator closed = first();
    backend().stop(0);
    try {
      assertThatThrownBy(() -> closed.read(key("a"), deadline()))
          .isInstanceOf(CoordinatorException.class);
      assertThatThrownBy(() ->
              closed.commit(new Transaction(List.of(), List.of(put(key("a"), "x"))), deadline()))
          .isInstanceOf(CoordinatorException.class);
      closed.close();
    } finally {
      backend().start(0);
    }
    assertAbsent(first(), key("a"));
  }

  @Test
  default void aReadTellsWhetherALostAnswerWasACommit() {
    assumeTrue(backend().canLoseAnswers());
    EntryKey counter = key("counter");
    committed(first(), put(counter, "0"));
    for (int i = 0; i < 20; i++) {
      boolean applied = i % 2 == 0;
      int index = i % backend().nodes();
      Entry before = entry(first(), counter);
      Transaction increment =
          new Transaction(
              List.of(atVersion(counter, before.version())), List.of(put(counter, "" + (i + 1))));
      backend().loseNextAnswer(index, applied);

      assertThatThrownBy(() -> node(index).commit(increment, deadline()))
          .isInstanceOf(OutcomeUnknownException.class)
          .satisfies(e -> assertThat(((CoordinatorException) e).mayRetry()).isFalse());

      Entry after = entry(node(i + 1), counter);
      assertThat(after.version() != before.version()).isEqualTo(applied);
      if (!applied) {
        committed(node(i), increment.conditions(), put(counter, "" + (i + 1)));
      } else {
        assertThat(present(conflict(node(i), increment.conditions(), put(counter, "x")).getFirst()))
            .isEqualTo(after);
      }
    }
    assertThat(text(entry(first(), counter))).isEqualTo("20");
  }
}
