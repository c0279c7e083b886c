// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.core.transition.Proposal;
import dev.holdfast.core.transition.Proposal.Step;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Commits what was taken from a queue, over conflicts, and answers it. No thread waits for the
 * coordinator: each step is run by the thread that brings the result of the step before.
 */
final class Round<S, C, R> {
  private static final int ATTEMPTS_MAX = 50;

  private final Transactor<S, C, R> transactor;
  private final CommandQueue<C, R> queue;
  private final List<Pending<C, R>> open;
  private Proposal<S, C, R> proposal;
  private int attempts;

  /**
   * @param open the commands that the batch was made of; this round's own from here on
   */
  Round(
      Transactor<S, C, R> transactor,
      CommandQueue<C, R> queue,
      List<Pending<C, R>> open,
      CommandBatch<S, C, R> batch) {
    this.transactor = transactor;
    this.queue = queue;
    this.open = open;
    this.proposal = Proposal.of(transactor.transition, batch, Transactor.commands(open));
  }

  void begin() {
    guarded(this::step);
  }

  private void step() {
    if (attempts++ == ATTEMPTS_MAX) {
      throw new UnavailableException(
          queue.key + " stayed contended over " + ATTEMPTS_MAX + " attempts");
    }
    switch (proposal.next()) {
      case Step.Answer<R> answer -> answer(answer);
      case Step.Read<R>(EntryKey asked) -> read(asked);
      case Step.Commit<R>(Transaction transaction) -> {
        var _ =
            transactor
                .coordinator
                .commitAsync(transaction, Transactor.COMMIT_TIMEOUT)
                .whenComplete((result, error) -> guarded(() -> settled(result, cause(error))));
      }
    }
  }

  private void read(EntryKey asked) {
    Thread.ofVirtual()
        .name("proof " + asked)
        .start(() ->
            guarded(() -> {
              proposal =
                  proposal.afterRead(transactor.coordinator.read(asked, Transactor.COMMIT_TIMEOUT));
              step();
            }));
  }

  private void settled(@Nullable CommitResult result, @Nullable RuntimeException error) {
    if (error instanceof OutcomeUnknownException) {
      // Only of those that were handed over; the others wait for the next batch.
      int taken = proposal.batch().taken();
      open.subList(0, taken).forEach(pending -> pending.fail(error));
      next(taken);
      return;
    }
    if (error != null) {
      throw error;
    }
    switch (result) {
      case CommitResult.Committed(long revision) -> {
        transactor.committed(proposal.batch(), revision);
        answer(proposal.committed(revision));
      }
      case CommitResult.Conflict(List<Observation> failed) -> {
        transactor.meter.count("transact.conflicts", 1);
        proposal = proposal.afterConflict(failed);
        step();
      }
      case null -> throw new IllegalStateException("The coordinator gave no result");
    }
  }

  private static @Nullable RuntimeException cause(@Nullable Throwable error) {
    return switch (error) {
      case null -> null;
      case CompletionException wrapped when wrapped.getCause() != null -> cause(wrapped.getCause());
      case RuntimeException known -> known;
      default -> new IllegalStateException(error);
    };
  }

  private void answer(Step.Answer<R> step) {
    List<Answer<R>> answers = step.answers();
    long revision = step.revision();
    transactor.meter.count("transact.commands", answers.size());
    for (int i = 0; i < answers.size(); i++) {
      Pending<C, R> pending = open.get(i);
      switch (answers.get(i)) {
        case Answer.Decided<R>(R reply) -> pending.settle(new Settled<>(reply, revision));
        case Answer.Refused<R>(R reply) -> pending.settle(new Settled<>(reply, revision));
        case Answer.TooLarge<R>(var limit) -> pending.fail(limit);
      }
    }
    next(answers.size());
  }

  /** What did not fit into the batch comes before all that has come since. */
  private void next(int answered) {
    open.subList(0, answered).clear();
    if (open.isEmpty()) {
      transactor.serve(queue);
      return;
    }
    List<C> commands = Transactor.commands(open);
    proposal =
        Proposal.of(
            transactor.transition,
            CommandBatch.of(transactor.transition, transactor.latest(queue.key), commands),
            commands);
    attempts = 0;
    step();
  }

  /** Whatever goes wrong, nobody waits in vain, and the queue goes on. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      transactor.fail(queue, open, e);
      transactor.serve(queue);
    }
  }
}
