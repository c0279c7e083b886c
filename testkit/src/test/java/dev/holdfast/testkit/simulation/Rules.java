// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockOutcome;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionClock;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.core.transition.Proposal;
import dev.holdfast.core.transition.Transition;
import java.time.Duration;
import java.util.SplittableRandom;

/** Where a {@link PlantedBug} takes a rule out. As it stands here, every rule holds. */
class Rules {
  Transition<LockState, LockCommand, LockOutcome> locks() {
    return new LockTransition();
  }

  Transition<Session, SessionCommand, SessionReply> sessions() {
    return new SessionTransition();
  }

  SessionClock adopted(Session session, long nowNanos, Duration nodeLease) {
    return SessionClock.adopted(session, nowNanos, nodeLease);
  }

  SessionClock expirySubmitted(SessionClock clock) {
    return clock.expirySubmitted();
  }

  /** What a queue does next. */
  <S, C, R> Proposal.Step<R> next(Proposal<S, C, R> proposal) {
    return proposal.next();
  }

  boolean answersBeforeTheCommit() {
    return false;
  }

  /** Whether agreement keeps the first results of a batch. */
  boolean remembersBatches() {
    return true;
  }

  boolean losesWatchEvent(SplittableRandom random) {
    return false;
  }

  /** Whether a refusal overtakes the try that the home did not answer. */
  boolean cancelsAfterAnUnansweredTry() {
    return true;
  }

  /** Which clock a client counts its deadline on. */
  long clientNanos(long monotonicNanos, long wallNanos) {
    return monotonicNanos;
  }
}
