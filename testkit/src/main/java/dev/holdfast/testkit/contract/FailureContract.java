// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.absentSince;
import static dev.holdfast.testkit.contract.ContractScript.atVersion;
import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.present;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static dev.holdfast.testkit.contract.ContractScript.transaction;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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

  /** R1: a blind repetition would see a conflict with itself. */
  @Test
  default void aCommitWhoseConnectionBrokeBeforeItsAnswerIsSettled() {
    assumeTrue(backend().canHoldAnswers() && backend().nodes() > 1);
    EntryKey counter = key("counter");
    for (int i = 0; i < 4; i++) {
      int index = i % backend().nodes();
      Coordinator asked = node(index);
      Coordinator witness = node(index + 1);
      committed(asked, put(counter, "before " + i));
      long version = committed(asked, put(counter, i + " is next"));
      String value = "" + i;
      Transaction change = transaction(List.of(atVersion(counter, version)), put(counter, value));
      backend().holdAnswers(index);

      CompletableFuture<CommitResult> result =
          CompletableFuture.supplyAsync(
              () -> asked.commit(change, deadline()), Thread::startVirtualThread);
      await("it is applied", () -> text(entry(witness, counter)).equals(value));
      backend().dropAnswers(index);

      try {
        assertThat(result.join())
            .isEqualTo(new CommitResult.Committed(entry(witness, counter).revision()));
      } catch (CompletionException e) {
        assertThat(e).hasCauseInstanceOf(OutcomeUnknownException.class);
      }
      assertThat(text(entry(asked, counter))).isEqualTo(value);
    }
  }

  /** R1 with many under way: what was told as committed counts once, what was not tells so. */
  @Test
  default void countsEachIncrementOnceThoughConnectionsBreak() {
    assumeTrue(backend().canHoldAnswers() && backend().nodes() > 1);
    EntryKey counter = key("counter");
    int others = backend().nodes() - 1;
    for (int index = 0; index <= others; index++) {
      // Each has seen what it needs to send its next commit without a question.
      committed(node(index), put(counter, "0"));
    }
    int callers = 4;
    CountDownLatch toRead = new CountDownLatch(callers);
    CountDownLatch toHold = new CountDownLatch(1);
    AtomicInteger counted = new AtomicInteger();
    AtomicInteger unknown = new AtomicInteger();
    inParallel(
        1 + callers,
        number -> {
          if (number == 0) {
            awaitZero(toRead);
            breakConnections(counter, toHold);
            return;
          }
          for (int i = 0; i < 10; i++) {
            try {
              increment(
                  node(1 + number % others),
                  counter,
                  () -> {
                    toRead.countDown();
                    awaitZero(toHold);
                  });
              counted.incrementAndGet();
            } catch (OutcomeUnknownException e) {
              unknown.incrementAndGet();
            }
          }
        });

    assertThat(Integer.parseInt(text(entry(first(), counter))))
        .isBetween(counted.get(), counted.get() + unknown.get());
  }

  /** Of every node but the first; the first time, when a commit is surely under way. */
  private void breakConnections(EntryKey counter, CountDownLatch toHold) {
    for (int round = 0; round < 3; round++) {
      for (int index = 1; index < backend().nodes(); index++) {
        backend().holdAnswers(index);
      }
      if (round == 0) {
        toHold.countDown();
        await("one is applied", () -> !text(entry(first(), counter)).equals("0"));
      } else {
        committed(first(), put(key("meanwhile"), "" + round));
      }
      for (int index = 1; index < backend().nodes(); index++) {
        backend().dropAnswers(index);
      }
      for (int index = 1; index < backend().nodes(); index++) {
        assertThat(read(node(index), counter).isPresent()).isTrue();
      }
    }
  }

  private void awaitZero(CountDownLatch latch) {
    await("all are there", () -> latch.getCount() == 0);
  }

  private void increment(Coordinator node, EntryKey counter, Runnable afterRead) {
    Entry before = entry(node, counter);
    while (true) {
      afterRead.run();
      String next = "" + (Integer.parseInt(text(before)) + 1);
      CommitResult result =
          commit(node, List.of(atVersion(counter, before.version())), put(counter, next));
      switch (result) {
        case CommitResult.Committed _ -> {
          return;
        }
        case CommitResult.Conflict conflict -> before = present(conflict.failed().getFirst());
      }
    }
  }
}
