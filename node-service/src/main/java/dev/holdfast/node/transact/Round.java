package dev.holdfast.node.transact;

import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.Fold;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Commits what was taken from a lane, over conflicts, and answers it. No thread waits for the
 * coordinator: each step is run by the thread that brings the result of the step before.
 */
final class Round<S, C, R> {
  private static final int ATTEMPTS_MAX = 50;

  private final Transactor<S, C, R> transactor;
  private final Lane<C, R> lane;
  private final List<Pending<C, R>> open;
  private Fold<S, C, R> fold;
  private int attempts;

  /** The fold was made on what a linearizable read gave. */
  private boolean proven;

  /**
   * @param open the commands that the fold was made of; this round's own from here on
   */
  Round(
      Transactor<S, C, R> transactor,
      Lane<C, R> lane,
      List<Pending<C, R>> open,
      Fold<S, C, R> fold) {
    this.transactor = transactor;
    this.lane = lane;
    this.open = open;
    this.fold = fold;
  }

  void begin() {
    guarded(this::attempt);
  }

  private void attempt() {
    if (attempts++ == ATTEMPTS_MAX) {
      throw new UnavailableException(
          lane.key + " stayed contended over " + ATTEMPTS_MAX + " attempts");
    }
    Transaction transaction = fold.transaction().orElse(null);
    if (transaction == null) {
      prove();
      return;
    }
    var _ =
        transactor
            .coordinator
            .commitAsync(transaction, Transactor.COMMIT_TIMEOUT)
            .whenComplete(
                (result, error) -> guarded(() -> settled(transaction, result, cause(error))));
  }

  /** Nothing changes: the answers hold if the entry is still what they were decided on (R4). */
  private void prove() {
    if (proven) {
      answer(fold.entry().revision());
      return;
    }
    Thread.ofVirtual()
        .name("proof " + lane.key)
        .start(() ->
            guarded(() -> {
              Observation now = transactor.coordinator.read(lane.key, Transactor.COMMIT_TIMEOUT);
              if (sameVersion(now, fold.entry())) {
                answer(now.revision());
                return;
              }
              fold = Fold.of(transactor.transition, now, Transactor.commands(open));
              proven = true;
              attempt();
            }));
  }

  /** No change between two observations: equal versions, or absent and not deleted in between. */
  private static boolean sameVersion(Observation now, Observation before) {
    if (now.entry() != null && before.entry() != null) {
      return now.entry().version() == before.entry().version();
    }
    return now.entry() == null && before.entry() == null && now.lastDeleted() <= before.revision();
  }

  private void settled(
      Transaction transaction, @Nullable CommitResult result, @Nullable RuntimeException error) {
    if (error instanceof OutcomeUnknownException) {
      // Only of those that were handed over; the others wait for the next fold.
      open.subList(0, fold.taken()).forEach(pending -> pending.fail(error));
      next();
      return;
    }
    if (error != null) {
      throw error;
    }
    switch (result) {
      case CommitResult.Committed(long revision) -> {
        transactor.committed(fold, transaction, revision);
        answer(revision);
      }
      case CommitResult.Conflict(List<Observation> failed) -> {
        transactor.meter.count("transact.conflicts", 1);
        fold = fold.afterConflict(failed);
        proven = false;
        attempt();
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

  private void answer(long revision) {
    List<Answer<R>> answers = fold.answers();
    transactor.meter.count("transact.commands", answers.size());
    for (int i = 0; i < answers.size(); i++) {
      Pending<C, R> pending = open.get(i);
      switch (answers.get(i)) {
        case Answer.Decided<R>(R reply) -> pending.settle(new Settled<>(reply, revision));
        case Answer.Refused<R>(R reply) -> pending.settle(new Settled<>(reply, revision));
        case Answer.TooLarge<R>(var limit) -> pending.fail(limit);
      }
    }
    next();
  }

  /** What did not fit into the fold comes before all that has come since. */
  private void next() {
    open.subList(0, fold.taken()).clear();
    if (open.isEmpty()) {
      transactor.serve(lane);
      return;
    }
    fold = Fold.of(transactor.transition, transactor.latest(lane.key), Transactor.commands(open));
    attempts = 0;
    proven = false;
    attempt();
  }

  /** Whatever goes wrong, nobody waits in vain, and the lane goes on. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      transactor.fail(lane, open, e);
      transactor.serve(lane);
    }
  }
}
