// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Grant;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockOutcome;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.lock.Waiter;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionClock;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Proposal;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.coordinator.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The rules of CORRECTNESS, each taken out once: a simulation that misses one of them is blind. */
enum PlantedBug {
  /** A new host does not wait for what the old one may have promised. */
  EARLY_EXPIRY_AFTER_ADOPTION {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        SessionClock adopted(Session session, long nowNanos, Duration nodeLease) {
          return new SessionClock(session.ttl().toNanos(), nowNanos + nodeLease.toNanos(), false);
        }
      };
    }
  },

  /** A cancel that finds nothing leaves no mark for the request that it has overtaken. */
  GRANT_AFTER_CANCEL {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) -> {
        boolean cancels =
            command instanceof LockCommand.Cancel || command instanceof LockCommand.EndHolder;
        Decision<LockState, LockOutcome> decision = real.decide(state, command, sight);
        return cancels
                && decision instanceof Decision.Beside<LockState, LockOutcome>(var reply, _, _)
            ? new Decision.Keep<>(reply)
            : decision;
      });
    }
  },

  /** A lock that is made again begins with token 1 (R18). */
  TOKEN_RESET_AFTER_FORGET {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) ->
          real.decide(
              state,
              command,
              state == null
                  ? new Sight(sight.key(), 0, sight.lastDeleted(), sight.known())
                  : sight));
    }
  },

  /** A batch that is sent again has its effect again (R1). */
  NO_FIRST_RESULTS {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        boolean remembersBatches() {
          return false;
        }
      };
    }
  },

  /** What changes nothing is answered from what was applied here, however old (R4). */
  STALE_ANSWER {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        <S, C, R> Proposal.Step<R> next(Proposal<S, C, R> proposal) {
          return proposal.next() instanceof Proposal.Step.Read<R>
              ? new Proposal.Step.Answer<>(
                  proposal.batch().answers(), proposal.batch().entry().revision())
              : proposal.next();
        }
      };
    }
  },

  /** A release serves the second in line. */
  SKIPPED_WAITER {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) -> {
        if (state == null
            || !(command instanceof LockCommand.Release)
            || state.waiters().size() < 2) {
          return real.decide(state, command, sight);
        }
        List<Waiter> swapped = new ArrayList<>(state.waiters());
        swapped.addFirst(swapped.remove(1));
        return real.decide(with(state, state.holders(), swapped), command, sight);
      });
    }
  },

  /** A release that comes twice ends the hold of the next holder. */
  DOUBLE_RELEASE {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) -> {
        Decision<LockState, LockOutcome> decision = real.decide(state, command, sight);
        if (state == null
            || state.holders().isEmpty()
            || !(command instanceof LockCommand.Release)
            || !(decision instanceof Decision.Keep<LockState, LockOutcome>)) {
          return decision;
        }
        Grant next = state.holders().getFirst();
        return real.decide(state, new LockCommand.Release(next.owner(), next.token()), sight);
      });
    }
  },

  /** An expiry does not ask whether the session is still the one that was due. */
  EXPIRY_BY_AN_OLD_HOST {
    @Override
    Rules rules() {
      return sessions((real, state, command, sight) ->
          real.decide(
              state,
              state != null && command instanceof SessionCommand.Expire
                  ? new SessionCommand.Expire(state)
                  : command,
              sight));
    }
  },

  /** A grant does not ask whether the session exists. */
  GRANT_TO_A_DEAD_SESSION {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) ->
          AlteredTransition.without(
              real.decide(state, command, sight),
              condition ->
                  condition instanceof Condition.Exists exists
                      && exists.key().startsWith(Keys.SESSIONS),
              change -> false));
    }
  },

  /** A client counts its deadline on a clock that people set. */
  WALL_CLOCK_DEADLINE {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        long clientNanos(long monotonicNanos, long wallNanos) {
          return wallNanos;
        }
      };
    }
  },

  /** A watch loses one event in some, and does not say so (R6). */
  DROPPED_WATCH_EVENT {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        boolean losesWatchEvent(SplittableRandom random) {
          return random.nextInt(30) == 0;
        }
      };
    }
  },

  /** The answer does not wait for the commit. */
  ANSWER_BEFORE_COMMIT {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        boolean answersBeforeTheCommit() {
          return true;
        }
      };
    }
  },

  /** A keep-alive is acknowledged while the expiry is under way (R15). */
  KEEP_ALIVE_DURING_EXPIRY {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        SessionClock expirySubmitted(SessionClock clock) {
          return clock;
        }
      };
    }
  },

  /** An acquire does not ask when its claim was last given up (R12). */
  LATE_DUPLICATE_ACQUIRE {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) ->
          AlteredTransition.without(
              real.decide(state, command, sight),
              condition ->
                  command instanceof LockCommand.Acquire
                      && condition instanceof Condition.AbsentSince since
                      && since.key().startsWith(Keys.CLAIMS),
              change -> false));
    }
  },

  /** One release gives back two holds. */
  RELEASE_OF_TWO {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) -> {
        if (state == null
            || !(command instanceof LockCommand.Release release)
            || state.holders().size() < 2
            || state.holders().getLast().owner().equals(release.owner())) {
          return real.decide(state, command, sight);
        }
        List<Grant> fewer = state.holders().subList(0, state.holders().size() - 1);
        return real.decide(with(state, fewer, state.waiters()), command, sight);
      });
    }
  },

  /** A release ends whichever grant its owner has: also one that is newer than the release. */
  LATE_RELEASE {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) -> {
        Grant held =
            state != null && command instanceof LockCommand.Release(Owner owner, _)
                ? state.holders().stream()
                    .filter(grant -> grant.owner().equals(owner))
                    .findFirst()
                    .orElse(null)
                : null;
        return real.decide(
            state,
            held == null ? command : new LockCommand.Release(held.owner(), held.token()),
            sight);
      });
    }
  },

  /** A cancel does not ask whether the claim is still the one that it was sent for. */
  LATE_CANCEL {
    @Override
    Rules rules() {
      return locks((real, state, command, sight) ->
          AlteredTransition.without(
              real.decide(state, command, sight),
              condition ->
                  (command instanceof LockCommand.Cancel
                          || command instanceof LockCommand.EndHolder)
                      && condition instanceof Condition.AtVersion at
                      && at.key().startsWith(Keys.CLAIMS),
              change -> false));
    }
  },

  /** A request that was refused is granted by an earlier try of it that nobody waits for. */
  NO_CANCEL_AFTER_A_REFUSAL {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        boolean cancelsAfterAnUnansweredTry() {
          return false;
        }
      };
    }
  };

  abstract Rules rules();

  private interface LockRule {
    Decision<LockState, LockOutcome> decide(
        Transition<LockState, LockCommand, LockOutcome> real,
        @Nullable LockState state,
        LockCommand command,
        Sight sight);
  }

  private interface SessionRule {
    Decision<Session, SessionReply> decide(
        Transition<Session, SessionCommand, SessionReply> real,
        @Nullable Session state,
        SessionCommand command,
        Sight sight);
  }

  private static Rules locks(LockRule rule) {
    return new Rules() {
      @Override
      Transition<LockState, LockCommand, LockOutcome> locks() {
        return new AlteredTransition<>(new LockTransition()) {
          @Override
          public Decision<LockState, LockOutcome> decide(
              @Nullable LockState state, LockCommand command, Sight sight) {
            return rule.decide(real, state, command, sight);
          }
        };
      }
    };
  }

  private static Rules sessions(SessionRule rule) {
    return new Rules() {
      @Override
      Transition<Session, SessionCommand, SessionReply> sessions() {
        return new AlteredTransition<>(new SessionTransition()) {
          @Override
          public Decision<Session, SessionReply> decide(
              @Nullable Session state, SessionCommand command, Sight sight) {
            return rule.decide(real, state, command, sight);
          }
        };
      }
    };
  }

  private static LockState with(LockState state, List<Grant> holders, List<Waiter> waiters) {
    return new LockState(
        state.fence(),
        state.permits(),
        holders,
        waiters,
        state.firstTicket(),
        state.nextTicket(),
        state.overflow());
  }
}
