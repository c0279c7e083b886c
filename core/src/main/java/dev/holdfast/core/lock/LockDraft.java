// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decision about a lock while it is made: the next state, and what changes beside it. */
final class LockDraft {
  private final String lock;
  private final Sight sight;
  private final List<Condition> conditions = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final List<Grant> newGrants = new ArrayList<>();
  private LockState state;

  LockDraft(String lock, LockState state, Sight sight) {
    this.lock = lock;
    this.state = state;
    this.sight = sight;
  }

  String lock() {
    return lock;
  }

  LockState state() {
    return state;
  }

  EntryKey claimKey(Owner owner) {
    return owner.claimKey(lock);
  }

  void require(Condition condition) {
    conditions.add(condition);
  }

  Grant grant(Owner owner, LockMode mode, long delayMillis) {
    state = state.withGrant(owner, mode, delayMillis);
    return claimed(state.holders().getLast());
  }

  /** The one holder keeps the lock, shared from now on. */
  Grant downgrade() {
    state = state.downgraded();
    return claimed(state.holders().getFirst());
  }

  private Grant claimed(Grant grant) {
    putClaim(grant.owner(), new Claim.Held(grant.token(), grant.mode(), grant.delayMillis()));
    return grant;
  }

  void enqueue(Waiter waiter) {
    // Once some wait beside the entry, nobody may slip in front of them.
    if (state.overflow() == 0 && state.waiters().size() < LockState.WAITERS_MAX) {
      state = state.withWaiter(waiter);
      putClaim(waiter.owner(), new Claim.Waiting(Claim.Waiting.INLINE, waiter.mode()));
      return;
    }
    long ticket = state.nextTicket();
    state = state.withOverflow();
    changes.add(new Change.Put(Keys.wait(lock, ticket), LockCodec.encodeWait(waiter)));
    putClaim(waiter.owner(), new Claim.Waiting(ticket, waiter.mode()));
  }

  void release(Grant grant) {
    state = state.withoutHolder(grant.owner());
    deleteClaim(grant.owner());
  }

  void dropWaiter(int place) {
    Owner owner = state.waiters().get(place).owner();
    state = state.withoutWaiter(place);
    deleteClaim(owner);
  }

  void dropOverflow(Owner owner, long ticket) {
    state = state.withLessOverflow(1, state.firstTicket());
    changes.add(new Change.Delete(Keys.wait(lock, ticket)));
    deleteClaim(owner);
  }

  /** From beside the entry into it. The claim stays as it is. */
  void moveIn(Entry wait) {
    Waiter waiter = LockCodec.decodeWait(wait.value());
    state = state.withWaiter(waiter);
    changes.add(new Change.Delete(wait.key()));
  }

  void advanceTickets(int moved, long first) {
    state = state.withLessOverflow(moved, first);
  }

  /**
   * Grants to the waiters in the entry, in order, until one does not fit. Each grant asks that the
   * session exists; waiters whose session is known to be gone are passed over, and their claims go.
   */
  void grantWaiters() {
    boolean someAreGone = dropWaitersKnownToBeGone();
    while (!state.waiters().isEmpty()) {
      Waiter head = state.waiters().getFirst();
      if (!state.hasRoomFor(head.mode())) {
        break;
      }
      state = state.withoutWaiter(0);
      require(new Condition.Exists(head.owner().sessionKey()));
      newGrants.add(grant(head.owner(), head.mode(), head.delayMillis()));
    }
    if (someAreGone) {
      // Sessions often end together. Asking for all that are left finds the others that are gone in
      // one conflict, where asking for the first alone would take a conflict for each.
      for (Waiter waiter : state.waiters()) {
        require(new Condition.Exists(waiter.owner().sessionKey()));
      }
    }
  }

  private boolean dropWaitersKnownToBeGone() {
    int before = state.waiters().size();
    for (int place = before - 1; place >= 0; place--) {
      if (sight.isKnownAbsent(state.waiters().get(place).owner().sessionKey())) {
        dropWaiter(place);
      }
    }
    return state.waiters().size() < before;
  }

  void deleteClaim(Owner owner) {
    changes.add(new Change.Delete(claimKey(owner)));
  }

  /** The claim of an owner that is known to wait beside the entry; null when nothing says so. */
  Claim.@Nullable Waiting knownOverflow(Owner owner) {
    Observation known = sight.known(claimKey(owner));
    Entry entry = known == null ? null : known.entry();
    if (entry != null
        && ClaimCodec.decode(entry.value()) instanceof Claim.Waiting waiting
        && state.isOverflowTicket(waiting.ticket())) {
      return waiting;
    }
    return null;
  }

  /**
   * What a conflict has told for ever: a session does not come back, nor does a claim that was
   * deleted forget it. So several duplicates in a batch are refused by one conflict.
   */
  @Nullable LockReply knownRefusal(LockCommand.Acquire acquire) {
    if (sight.isKnownAbsent(acquire.owner().sessionKey())) {
      return new LockReply.SessionGone();
    }
    Observation claim = sight.known(claimKey(acquire.owner()));
    return claim != null && !claim.isPresent() && claim.lastDeleted() > acquire.seenRevision()
        ? new LockReply.StaleRequest()
        : null;
  }

  /** Whether a conflict has shown that the claim is not as it was seen. */
  boolean hasMoved(Owner owner, ClaimSight seen) {
    Observation known = sight.known(claimKey(owner));
    return known != null && !seen.isStill(known);
  }

  /** The claim must be as it is known to be, or absent when nothing is known of it. */
  void relyOnClaim(Owner owner) {
    EntryKey key = claimKey(owner);
    Observation known = sight.known(key);
    require(known != null ? known.unchanged() : new Condition.AbsentSince(key, sight.revision()));
  }

  Decision<LockState, LockOutcome> keep(LockReply reply) {
    return new Decision.Keep<>(outcome(reply));
  }

  Decision<LockState, LockOutcome> beside(LockReply reply) {
    return new Decision.Beside<>(outcome(reply), conditions, changes);
  }

  Decision<LockState, LockOutcome> become(LockReply reply) {
    return new Decision.Become<>(state, outcome(reply), conditions, changes);
  }

  private void putClaim(Owner owner, Claim claim) {
    changes.add(new Change.Put(claimKey(owner), ClaimCodec.encode(claim)));
  }

  private LockOutcome outcome(LockReply reply) {
    return new LockOutcome(reply, newGrants, state.refillNeeded());
  }
}
