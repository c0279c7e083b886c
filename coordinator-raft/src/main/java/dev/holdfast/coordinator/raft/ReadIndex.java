// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.Timeouts;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Proves, for this node, what a read must see: on the leader by a round of its own, elsewhere by
 * asking the leader for one. A proof whose question failed is never used again; the next try begins
 * a new round.
 */
final class ReadIndex {
  private static final long RETRY_MILLIS = 20;

  private final RaftLink link;
  private final LeaderProof leaderProof;
  private final AppliedIndex applied;
  private final Fatality fatality;
  private final LongConsumer caughtUp;
  private final ElectionWait electionWait;
  private final Duration roundMax;
  private final LongSupplier nanos;
  private final Rounds<Long> rounds;

  /**
   * @param electionWait ends a wait for a leader that takes too long
   * @param caughtUp told the nanoTime at which a round began that this node has applied up to
   */
  ReadIndex(
      RaftLink link,
      LeaderProof leaderProof,
      AppliedIndex applied,
      Fatality fatality,
      LongConsumer caughtUp,
      ElectionWait electionWait,
      Duration roundMax,
      Executor executor,
      LongSupplier nanos) {
    this.link = link;
    this.leaderProof = leaderProof;
    this.applied = applied;
    this.fatality = fatality;
    this.caughtUp = caughtUp;
    this.electionWait = electionWait;
    this.roundMax = roundMax;
    this.nanos = nanos;
    this.rounds = new Rounds<>(this::round, executor);
  }

  private CompletableFuture<Long> round() {
    RaftPeerId leader = link.leader();
    if (leader == null) {
      return CompletableFuture.failedFuture(new UnavailableException("No leader is known"));
    }
    if (leader.equals(link.self())) {
      return leaderProof.prove().thenApply(LeaderProof.Proof::index);
    }
    return Timeouts.limit(link.ask(leader, new Question.Current().encode()), roundMax)
        .thenApply(bytes -> {
          Question.Reply reply = Question.Reply.decode(bytes);
          if (reply.status() != Question.Status.OK) {
            throw new UnavailableException(leader + " could not prove that it leads");
          }
          return reply.index();
        });
  }

  /** Returns when this node has applied all that was acknowledged before the call. */
  void await(Deadline deadline) {
    while (true) {
      fatality.check();
      try {
        long begun = nanos.getAsLong();
        long index = RaftErrors.await(rounds.join(), deadline, "The proof of a read");
        RaftErrors.await(applied.reach(index), deadline, "Catching up");
        caughtUp.accept(begun);
        return;
      } catch (CoordinatorException e) {
        if (!e.mayRetry() || deadline.leftNanos() < RETRY_MILLIS * 2_000_000) {
          throw e;
        }
        electionWait.require();
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("The read was interrupted", e);
    }
  }
}
