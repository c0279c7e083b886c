// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.List;
import java.util.Optional;

/**
 * A {@link CommandBatch} on its way to its answers, over conflicts and proofs. Immutable. The
 * caller does what {@link #next()} says and hands the result in, until it says {@link Step.Answer}.
 *
 * @param commands those that the batch was made from, in order
 * @param provenRevision a linearizable read that began after the commands had arrived showed that
 *     the entry was as the batch has it: an answer that changes nothing may be given (R4); {@link
 *     #UNPROVEN} if there was none
 */
public record Proposal<S, C, R>(
    Transition<S, C, R> transition,
    CommandBatch<S, C, R> batch,
    List<C> commands,
    long provenRevision) {
  public static final long UNPROVEN = -1;

  public Proposal {
    commands = List.copyOf(commands);
  }

  /** What is to be done. */
  public sealed interface Step<R> {
    /** Commit this; then {@link Proposal#committed} or {@link Proposal#afterConflict}. */
    record Commit<R>(Transaction transaction) implements Step<R> {}

    /** Nothing changes: read this, linearizably, as a proof; then {@link Proposal#afterRead}. */
    record Read<R>(EntryKey key) implements Step<R> {}

    /**
     * Tell these.
     *
     * @param answers one for each of the first commands
     * @param revision at which they are true
     */
    record Answer<R>(List<dev.holdfast.core.transition.Answer<R>> answers, long revision)
        implements Step<R> {
      public Answer {
        answers = List.copyOf(answers);
      }
    }
  }

  /** A batch of what is known without asking. */
  public static <S, C, R> Proposal<S, C, R> of(
      Transition<S, C, R> transition, CommandBatch<S, C, R> batch, List<C> commands) {
    return new Proposal<>(transition, batch, commands, UNPROVEN);
  }

  public Step<R> next() {
    Optional<Transaction> transaction = batch.transaction();
    if (transaction.isPresent()) {
      return new Step.Commit<>(transaction.get());
    }
    return provenRevision == UNPROVEN
        ? new Step.Read<>(batch.entry().key())
        : new Step.Answer<>(batch.answers(), provenRevision);
  }

  /** What the commands are told once the transaction of the batch is committed. */
  public Step.Answer<R> committed(long revision) {
    return new Step.Answer<>(batch.answers(), revision);
  }

  /** The commit was refused: all is decided again. */
  public Proposal<S, C, R> afterConflict(List<Observation> failed) {
    return new Proposal<>(transition, batch.afterConflict(failed), commands, UNPROVEN);
  }

  /** The read that {@link Step.Read} asked for. */
  public Proposal<S, C, R> afterRead(Observation now) {
    CommandBatch<S, C, R> current =
        sameVersion(now, batch.entry()) ? batch : CommandBatch.of(transition, now, commands);
    return new Proposal<>(transition, current, commands, now.revision());
  }

  /** No change between two observations: equal versions, or absent and not deleted in between. */
  private static boolean sameVersion(Observation now, Observation before) {
    if (now.entry() != null && before.entry() != null) {
      return now.entry().version() == before.entry().version();
    }
    return now.entry() == null && before.entry() == null && now.lastDeleted() <= before.revision();
  }
}
