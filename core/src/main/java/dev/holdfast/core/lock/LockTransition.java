// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of a lock. The package text explains them. */
public final class LockTransition implements Transition<LockState, LockCommand, LockOutcome> {

  @Override
  public Decision<LockState, LockOutcome> decide(
      @Nullable LockState present, LockCommand command, Sight sight) {
    String lock =
        Keys.lockOf(sight.key())
            .orElseThrow(() -> new IllegalArgumentException("Not a lock: " + sight.key()));
    // The tokens of a lock that is made again begin above all that it ever gave: see the package.
    LockState state = present != null ? present : LockState.unused(sight.revision());
    LockDraft draft = new LockDraft(lock, state, sight);
    return switch (command) {
      case LockCommand.Acquire acquire -> acquire(acquire, draft);
      case LockCommand.Downgrade downgrade -> downgrade(downgrade, draft);
      case LockCommand.Release release -> release(release, draft);
      case LockCommand.Cancel cancel -> cancel(cancel, draft);
      case LockCommand.EndHolder end -> endHolder(end, draft);
      case LockCommand.Refill refill -> refill(refill, draft);
      case LockCommand.Forget _ -> forget(present, sight);
    };
  }

  private static Decision<LockState, LockOutcome> acquire(
      LockCommand.Acquire acquire, LockDraft draft) {
    Owner owner = acquire.owner();
    LockMode mode = acquire.mode();
    LockState state = draft.state();
    Grant held = state.grantOf(owner);
    if (held != null) {
      return draft.keep(
          held.mode().equals(mode) ? new LockReply.Granted(held.token()) : mismatch(state));
    }
    int place = state.placeOf(owner);
    if (place >= 0) {
      boolean same = state.waiters().get(place).mode().equals(mode);
      return draft.keep(same ? new LockReply.Queued(place) : mismatch(state));
    }
    Claim.Waiting behind = draft.knownOverflow(owner);
    if (behind != null) {
      draft.relyOnClaim(owner);
      return draft.beside(
          behind.mode().equals(mode)
              ? new LockReply.Queued(state.positionOf(behind.ticket()))
              : mismatch(state));
    }
    LockReply known = draft.knownRefusal(acquire);
    if (known != null) {
      return draft.keep(known);
    }
    Condition unclaimed = new Condition.AbsentSince(draft.claimKey(owner), acquire.seenRevision());
    boolean free = state.waitersInAll() == 0 && state.hasRoomFor(mode);
    LockReply refusal = refusal(acquire, state, free);
    if (refusal != null) {
      if (state.overflow() == 0) {
        return draft.keep(refusal);
      }
      // The entry does not tell whether this owner is among those that wait beside it.
      draft.require(unclaimed);
      return draft.beside(refusal);
    }
    long ahead = state.waitersInAll();
    draft.require(new Condition.Exists(owner.sessionKey()));
    draft.require(unclaimed);
    if (free) {
      Grant grant = draft.grant(owner, mode, acquire.delayMillis());
      return draft.become(new LockReply.Granted(grant.token()));
    }
    draft.enqueue(new Waiter(owner, mode, acquire.delayMillis()));
    return draft.become(new LockReply.Queued(ahead));
  }

  /** Why an owner that is not yet in the entry gets neither a grant nor a place. */
  private static @Nullable LockReply refusal(
      LockCommand.Acquire acquire, LockState state, boolean free) {
    long ahead = state.waitersInAll();
    if (state.isInUse() && state.permits() != acquire.mode().permitsOf()) {
      return mismatch(state);
    }
    if (!free && !acquire.queue()) {
      return new LockReply.LockHeld(ahead);
    }
    return !free && state.overflow() >= LockState.OVERFLOW_MAX
        ? new LockReply.QueueFull(ahead)
        : null;
  }

  /**
   * The old token is refused by every later fenced write, so what was sent under the exclusive
   * grant and arrives late cannot change what the shared holders look at.
   */
  private static Decision<LockState, LockOutcome> downgrade(
      LockCommand.Downgrade downgrade, LockDraft draft) {
    Grant held = draft.state().grantOf(downgrade.owner());
    if (held == null || held.token() < downgrade.token()) {
      return draft.keep(new LockReply.NotHeld());
    }
    if (held.mode() instanceof LockMode.Shared) {
      // A holder asks once, for one mode: a shared grant with a later token is this very downgrade.
      return draft.keep(new LockReply.Granted(held.token()));
    }
    if (!(held.mode() instanceof LockMode.Exclusive) || held.token() != downgrade.token()) {
      return draft.keep(mismatch(draft.state()));
    }
    Grant shared = draft.downgrade();
    draft.grantWaiters();
    return draft.become(new LockReply.Granted(shared.token()));
  }

  private static Decision<LockState, LockOutcome> release(
      LockCommand.Release release, LockDraft draft) {
    Grant held = draft.state().grantOf(release.owner());
    if (held == null || release.token() != held.token()) {
      return draft.keep(new LockReply.NotHeld());
    }
    draft.release(held);
    draft.grantWaiters();
    return draft.become(new LockReply.Released(held.token()));
  }

  private static Decision<LockState, LockOutcome> cancel(
      LockCommand.Cancel cancel, LockDraft draft) {
    Grant held = draft.state().grantOf(cancel.owner());
    return held != null
        ? draft.keep(new LockReply.Granted(held.token()))
        : withdraw(cancel.owner(), cancel.seen(), draft);
  }

  private static Decision<LockState, LockOutcome> endHolder(
      LockCommand.EndHolder end, LockDraft draft) {
    Grant held = draft.state().grantOf(end.owner());
    if (held == null) {
      return withdraw(end.owner(), end.seen(), draft);
    }
    if (end.seen().isAbsent() || draft.hasMoved(end.owner(), end.seen())) {
      return draft.keep(new LockReply.Moved());
    }
    draft.require(end.seen().unchanged(draft.claimKey(end.owner())));
    draft.release(held);
    draft.grantWaiters();
    return draft.become(new LockReply.Released(held.token()));
  }

  /**
   * Ends the wait of an owner that holds nothing, wherever it waits, and marks its claim; unless
   * the claim is another one than was seen.
   */
  private static Decision<LockState, LockOutcome> withdraw(
      Owner owner, ClaimSight seen, LockDraft draft) {
    LockState state = draft.state();
    int place = state.placeOf(owner);
    // The entry shows who waits in it: no claim was seen of one that does, or one of one that is
    // neither there nor beside it.
    boolean contradicted = place >= 0 ? seen.isAbsent() : state.overflow() == 0 && !seen.isAbsent();
    if (contradicted || draft.hasMoved(owner, seen)) {
      return draft.keep(new LockReply.Moved());
    }
    LockReply cancelled = new LockReply.Cancelled();
    draft.require(seen.unchanged(draft.claimKey(owner)));
    if (place >= 0) {
      draft.dropWaiter(place);
      // Those behind it may fit where it did not.
      draft.grantWaiters();
      return draft.become(cancelled);
    }
    if (state.overflow() > 0) {
      // Only the claim says whether the owner waits beside the entry, and with which ticket.
      draft.relyOnClaim(owner);
      Claim.Waiting behind = draft.knownOverflow(owner);
      if (behind != null) {
        draft.dropOverflow(owner, behind.ticket());
        return draft.become(cancelled);
      }
    }
    draft.deleteClaim(owner);
    return draft.beside(cancelled);
  }

  private static Decision<LockState, LockOutcome> refill(
      LockCommand.Refill refill, LockDraft draft) {
    LockState before = draft.state();
    long first = before.firstTicket();
    long next = first;
    int moved = 0;
    for (Observation observation : refill.page()) {
      Keys.WaitKey key = Keys.waitOf(observation.key()).orElse(null);
      if (key == null || !key.lock().equals(draft.lock()) || key.ticket() > next) {
        break;
      }
      boolean full =
          moved == LockCommand.Refill.MOVED_MAX
              || draft.state().waiters().size() == LockState.WAITERS_MAX;
      if (full || !draft.state().isOverflowTicket(next)) {
        break;
      }
      if (key.ticket() < next) {
        continue;
      }
      draft.require(observation.unchanged());
      Entry entry = observation.entry();
      if (entry != null) {
        draft.moveIn(entry);
        moved++;
      }
      next++;
    }
    long left = before.overflow() - moved;
    if (next == first || left < 0 || left > before.nextTicket() - next) {
      // The page is of another time, or of another lock.
      return new Decision.Keep<>(refillAgain(before));
    }
    draft.advanceTickets(moved, next);
    draft.grantWaiters();
    return draft.become(new LockReply.Refilled(moved));
  }

  private static Decision<LockState, LockOutcome> forget(@Nullable LockState present, Sight sight) {
    if (present == null) {
      return new Decision.Keep<>(outcome(new LockReply.Forgotten()));
    }
    if (present.isInUse() || present.fence() >= sight.revision()) {
      return new Decision.Keep<>(outcome(new LockReply.NotForgotten()));
    }
    return new Decision.Vanish<>(outcome(new LockReply.Forgotten()), List.of(), List.of());
  }

  @Override
  public @Nullable LockOutcome refuse(LockCommand command, Observation failed) {
    return switch (command) {
      case LockCommand.Acquire acquire -> {
        if (failed.key().equals(acquire.owner().sessionKey())) {
          yield outcome(new LockReply.SessionGone());
        }
        // A claim that is there while the entry does not name its owner is one of those that wait
        // beside the entry: a duplicate, decided again with the claim in sight.
        yield failed.isPresent() ? null : outcome(new LockReply.StaleRequest());
      }
      case LockCommand.Refill _ ->
          failed.key().startsWith(Keys.WAITS)
              ? new LockOutcome(new LockReply.Refilled(0), List.of(), true)
              : null;
      case LockCommand.Cancel cancel -> unlessStill(cancel.seen(), failed);
      case LockCommand.EndHolder end -> unlessStill(end.seen(), failed);
      // A waiter whose session has ended must not keep a lock from being released: the decision is
      // made again, and passes the waiter over.
      case LockCommand.Release _, LockCommand.Downgrade _, LockCommand.Forget _ -> null;
    };
  }

  /** Of the claims, a cancel relies on that of its owner alone. */
  private static @Nullable LockOutcome unlessStill(ClaimSight seen, Observation failed) {
    return failed.key().startsWith(Keys.CLAIMS) && !seen.isStill(failed)
        ? outcome(new LockReply.Moved())
        : null;
  }

  /**
   * What to read for a {@link LockCommand.Refill}: the next {@code wait/…} entries, in order. Some
   * may be absent.
   */
  public static List<EntryKey> refillKeys(String lock, LockState state) {
    List<EntryKey> keys = new ArrayList<>();
    long end = Math.min(state.nextTicket(), state.firstTicket() + LockCommand.Refill.PAGE_MAX);
    for (long ticket = state.firstTicket(); ticket < end; ticket++) {
      keys.add(Keys.wait(lock, ticket));
    }
    return keys;
  }

  /**
   * What is given back is missed by nobody until somebody asks for it, and who has to wait in line
   * gains nothing by standing there a moment earlier.
   */
  @Override
  public boolean isUrgent(LockOutcome outcome) {
    return switch (outcome.reply()) {
      case LockReply.Released _ -> !outcome.newGrants().isEmpty() || outcome.refillNeeded();
      case LockReply.Queued _ -> false;
      default -> true;
    };
  }

  @Override
  public Bytes encode(LockState state) {
    return LockCodec.encode(state);
  }

  @Override
  public LockState decode(Bytes value) {
    return LockCodec.decode(value);
  }

  private static LockReply mismatch(LockState state) {
    return new LockReply.ModeMismatch(state.permits());
  }

  private static LockOutcome refillAgain(LockState state) {
    return new LockOutcome(new LockReply.Refilled(0), List.of(), state.refillNeeded());
  }

  private static LockOutcome outcome(LockReply reply) {
    return new LockOutcome(reply, List.of(), false);
  }
}
