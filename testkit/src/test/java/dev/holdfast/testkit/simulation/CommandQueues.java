// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.core.transition.Proposal;
import dev.holdfast.core.transition.Proposal.Step;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The node's {@code Transactor}, without its threads. */
final class CommandQueues<S, C, R> {
  private static final int FOLD_COMMANDS_MAX = 512;
  private static final int ATTEMPTS_MAX = 50;
  private static final long COMMIT_NANOS = 5 * World.SECONDS;

  private final SimulatedNode node;
  private final NodeAgreement agreement;
  private final Rules rules;
  private final Transition<S, C, R> transition;
  private final Map<EntryKey, CommandQueue<C, R>> queues = new TreeMap<>();
  private final Map<EntryKey, Observation> recent = new TreeMap<>();

  /** A reply, and the revision at which it was true. */
  record Settled<R>(R reply, long revision) {}

  private static final class Pending<C, R> {
    final C command;
    private final Consumer<Outcome<Settled<R>>> then;
    private boolean settled;

    Pending(C command, Consumer<Outcome<Settled<R>>> then) {
      this.command = command;
      this.then = then;
    }

    void settle(Outcome<Settled<R>> outcome) {
      if (!settled) {
        settled = true;
        then.accept(outcome);
      }
    }
  }

  private static final class CommandQueue<C, R> {
    final List<Pending<C, R>> waiting = new ArrayList<>();
    boolean served;
  }

  CommandQueues(
      SimulatedNode node, NodeAgreement agreement, Rules rules, Transition<S, C, R> transition) {
    this.node = node;
    this.agreement = agreement;
    this.rules = rules;
    this.transition = transition;
  }

  void submit(EntryKey key, C command, long timeoutNanos, Consumer<Outcome<Settled<R>>> then) {
    CommandQueue<C, R> queue = queues.computeIfAbsent(key, same -> new CommandQueue<>());
    Pending<C, R> pending = new Pending<>(command, then);
    queue.waiting.add(pending);
    node.later(
        timeoutNanos,
        () ->
            pending.settle(
                queue.waiting.remove(pending) ? Outcome.unavailable() : Outcome.unknown()));
    if (!queue.served) {
      queue.served = true;
      node.step(() -> serve(key, queue));
    }
  }

  private void serve(EntryKey key, CommandQueue<C, R> queue) {
    if (queue.waiting.isEmpty()) {
      queue.served = false;
      return;
    }
    int count = Math.min(FOLD_COMMANDS_MAX, queue.waiting.size());
    List<Pending<C, R>> taken = new ArrayList<>(queue.waiting.subList(0, count));
    queue.waiting.subList(0, count).clear();
    settle(key, queue, taken);
  }

  private void settle(EntryKey key, CommandQueue<C, R> queue, List<Pending<C, R>> open) {
    if (open.isEmpty()) {
      node.step(() -> serve(key, queue));
      return;
    }
    List<C> commands = open.stream().map(pending -> pending.command).toList();
    CommandBatch<S, C, R> batch = CommandBatch.of(transition, latest(key), commands);
    node.step(() -> go(key, queue, open, Proposal.of(transition, batch, commands), 0));
  }

  private Observation latest(EntryKey key) {
    Observation applied = agreement.readLocal(key);
    @Nullable Observation own = recent.get(key);
    return own != null && own.revision() > applied.revision() ? own : applied;
  }

  private void go(
      EntryKey key,
      CommandQueue<C, R> queue,
      List<Pending<C, R>> open,
      Proposal<S, C, R> proposal,
      int attempt) {
    if (attempt == ATTEMPTS_MAX) {
      fail(key, queue, open, open.size(), Outcome.unavailable());
      return;
    }
    switch (rules.next(proposal)) {
      case Step.Answer<R> answer -> answer(key, queue, open, answer);
      case Step.Read<R>(EntryKey asked) ->
          agreement.read(
              COMMIT_NANOS,
              outcome -> {
                switch (outcome) {
                  case Done<Table>(Table table) ->
                      go(key, queue, open, proposal.afterRead(table.observe(asked)), attempt + 1);
                  case Outcome.Failed<Table> _ ->
                      fail(key, queue, open, open.size(), Outcome.unavailable());
                }
              });
      case Step.Commit<R> commit -> commit(key, queue, open, proposal, commit, attempt);
    }
  }

  private void commit(
      EntryKey key,
      CommandQueue<C, R> queue,
      List<Pending<C, R>> open,
      Proposal<S, C, R> proposal,
      Step.Commit<R> commit,
      int attempt) {
    if (rules.answersBeforeTheCommit()) {
      agreement.commit(commit.transaction(), COMMIT_NANOS, outcome -> {});
      answer(key, queue, open, proposal.committed(proposal.batch().entry().revision()));
      return;
    }
    agreement.commit(
        commit.transaction(),
        COMMIT_NANOS,
        outcome -> {
          switch (outcome) {
            case Done<CommitResult>(CommitResult.Committed(long revision)) -> {
              Observation after = proposal.batch().entryAfter(revision);
              recent.put(after.key(), after);
              answer(key, queue, open, proposal.committed(revision));
            }
            case Done<CommitResult>(CommitResult.Conflict(List<Observation> failed)) ->
                node.step(() -> go(key, queue, open, proposal.afterConflict(failed), attempt + 1));
            case Outcome.Failed<CommitResult>(Outcome.Problem problem) -> {
              boolean unknown = problem == Outcome.Problem.UNKNOWN;
              int handedOver = unknown ? proposal.batch().taken() : open.size();
              fail(key, queue, open, handedOver, new Outcome.Failed<>(problem));
            }
          }
        });
  }

  private void answer(
      EntryKey key, CommandQueue<C, R> queue, List<Pending<C, R>> open, Step.Answer<R> step) {
    List<Pending<C, R>> rest = new ArrayList<>(open);
    for (Answer<R> answer : step.answers()) {
      Pending<C, R> pending = rest.removeFirst();
      Outcome<Settled<R>> outcome =
          switch (answer) {
            case Answer.Decided<R>(R reply) -> new Done<>(new Settled<>(reply, step.revision()));
            case Answer.Refused<R>(R reply) -> new Done<>(new Settled<>(reply, step.revision()));
            case Answer.TooLarge<R> _ -> throw new IllegalStateException("too large");
          };
      node.step(() -> pending.settle(outcome));
    }
    settle(key, queue, rest);
  }

  private void fail(
      EntryKey key,
      CommandQueue<C, R> queue,
      List<Pending<C, R>> open,
      int count,
      Outcome<Settled<R>> outcome) {
    List<Pending<C, R>> rest = new ArrayList<>(open);
    for (int i = 0; i < count; i++) {
      Pending<C, R> pending = rest.removeFirst();
      node.step(() -> pending.settle(outcome));
    }
    settle(key, queue, rest);
  }
}
