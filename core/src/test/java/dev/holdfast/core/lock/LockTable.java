// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.ModelCoordinator;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One lock over a model of agreement, spoken to in the words of the stories. */
final class LockTable {
  static final int ATTEMPTS_MAX = 6;

  final ModelCoordinator coordinator = new ModelCoordinator(1_000);
  final String lock;
  int commits;
  private @Nullable Transaction last;

  LockTable(String lock) {
    this.lock = lock;
  }

  void session(String id) {
    SessionReply reply =
        one(
            new SessionTransition(),
            Keys.session(id),
            new SessionCommand.Create(10_000, new SessionHost("n1", 1), coordinator.revision()));
    if (!(reply instanceof SessionReply.Created)) {
      throw new AssertionError(id + ": " + reply);
    }
  }

  void endSession(String id) {
    one(new SessionTransition(), Keys.session(id), new SessionCommand.Close());
  }

  LockReply tell(LockCommand command) {
    return outcome(command).reply();
  }

  LockOutcome outcome(LockCommand command) {
    return one(new LockTransition(), Keys.lock(lock), command);
  }

  /** All in as few commits as they fit into. */
  List<LockOutcome> together(LockCommand... commands) {
    return all(new LockTransition(), observed(), List.of(commands));
  }

  List<LockOutcome> togetherOn(Observation old, LockCommand... commands) {
    return all(new LockTransition(), old, List.of(commands));
  }

  Observation observed() {
    return coordinator.read(Keys.lock(lock));
  }

  @Nullable LockState state() {
    Entry entry = observed().entry();
    return entry == null ? null : LockCodec.decode(entry.value());
  }

  LockState present() {
    LockState state = state();
    if (state == null) {
      throw new AssertionError("No such lock: " + lock);
    }
    return state;
  }

  Optional<Claim> claim(Owner owner) {
    return Optional.ofNullable(coordinator.read(owner.claimKey(lock)).entry())
        .map(entry -> ClaimCodec.decode(entry.value()));
  }

  LockOutcome refill() {
    List<EntryKey> keys = LockTransition.refillKeys(lock, present());
    return outcome(new LockCommand.Refill(coordinator.read(keys)));
  }

  /** What was handed over last. */
  Transaction lastCommit() {
    return Objects.requireNonNull(last);
  }

  LockReply acquire(Owner owner) {
    return tell(queued(owner, new LockMode.Exclusive()));
  }

  LockReply acquire(Owner owner, LockMode mode) {
    return tell(queued(owner, mode));
  }

  LockReply tryAcquire(Owner owner) {
    return tell(
        new LockCommand.Acquire(owner, new LockMode.Exclusive(), false, coordinator.revision()));
  }

  LockCommand.Acquire queued(Owner owner, LockMode mode) {
    return new LockCommand.Acquire(owner, mode, true, coordinator.revision());
  }

  LockReply release(Owner owner) {
    return tell(releaseOf(owner));
  }

  /** Of what the owner holds now; of a grant that it never had when it holds nothing. */
  LockCommand.Release releaseOf(Owner owner) {
    LockState state = state();
    Grant held = state == null ? null : state.grantOf(owner);
    return new LockCommand.Release(owner, held == null ? Long.MAX_VALUE : held.token());
  }

  LockCommand.Cancel cancelOf(Owner owner) {
    return new LockCommand.Cancel(owner, seen(owner));
  }

  LockCommand.EndHolder endOf(Owner owner) {
    return new LockCommand.EndHolder(owner, seen(owner));
  }

  private ClaimSight seen(Owner owner) {
    return ClaimSight.of(coordinator.read(owner.claimKey(lock)));
  }

  private <S, C, R> R one(Transition<S, C, R> transition, EntryKey key, C command) {
    return all(transition, coordinator.read(key), List.of(command)).getFirst();
  }

  private <S, C, R> List<R> all(
      Transition<S, C, R> transition, Observation observation, List<C> commands) {
    List<R> replies = new ArrayList<>();
    Observation entry = observation;
    int done = 0;
    while (done < commands.size()) {
      CommandBatch<S, C, R> batch =
          CommandBatch.of(transition, entry, commands.subList(done, commands.size()));
      batch = commit(batch);
      batch.answers().forEach(answer -> replies.add(reply(answer)));
      done += batch.taken();
      entry = coordinator.read(observation.key());
    }
    return replies;
  }

  private <S, C, R> CommandBatch<S, C, R> commit(CommandBatch<S, C, R> first) {
    CommandBatch<S, C, R> batch = first;
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      commits++;
      last = batch.toCommit();
      switch (coordinator.commit(last)) {
        case CommitResult.Committed _ -> {
          return batch;
        }
        case CommitResult.Conflict conflict -> batch = batch.afterConflict(conflict.failed());
      }
    }
    throw new AssertionError("No end of conflicts on " + batch.entry().key());
  }

  static <R> R reply(Answer<R> answer) {
    return switch (answer) {
      case Answer.Decided<R> decided -> decided.reply();
      case Answer.Refused<R> refused -> refused.reply();
      case Answer.TooLarge<R> tooLarge -> throw tooLarge.problem();
    };
  }
}
