// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entry of a lock.
 *
 * @param fence the last token given
 * @param permits of all; 0 when the lock is exclusive or shared, or not in use
 * @param holders in the order of their grants
 * @param waiters in the order of their requests; those after them are {@code wait/…} entries
 * @param firstTicket no {@code wait/…} entry has a lower ticket; {@code nextTicket} if there is
 *     none
 * @param nextTicket of the next {@code wait/…} entry; never used before
 * @param overflow how many {@code wait/…} entries there are
 */
public record LockState(
    long fence,
    int permits,
    List<Grant> holders,
    List<Waiter> waiters,
    long firstTicket,
    long nextTicket,
    long overflow) {
  /** Holders beyond this wait, as if the lock were not free: its entry must stay small. */
  public static final int HOLDERS_MAX = 256;

  /** Waiters in the entry (R20). */
  public static final int WAITERS_MAX = 64;

  /** Waiters beside the entry; more are refused. */
  public static final long OVERFLOW_MAX = 100_000;

  /** With fewer waiters in the entry, and some beside it, a page of those is to be moved. */
  public static final int REFILL_BELOW = 16;

  public LockState {
    holders = List.copyOf(holders);
    waiters = List.copyOf(waiters);
    if (holders.size() > HOLDERS_MAX || waiters.size() > WAITERS_MAX) {
      throw new IllegalArgumentException(
          holders.size() + " holders and " + waiters.size() + " waiters");
    }
    if (fence < 0
        || permits < 0
        || firstTicket < 0
        || overflow < 0
        || overflow > nextTicket - firstTicket
        || (overflow == 0 && firstTicket != nextTicket)) {
      throw new IllegalArgumentException(
          "fence %d, permits %d, tickets %d to %d of which %d wait"
              .formatted(fence, permits, firstTicket, nextTicket, overflow));
    }
    if (holders.isEmpty() && waiters.isEmpty() && overflow == 0) {
      // The next request may choose anew.
      permits = 0;
    }
  }

  static LockState unused(long fence) {
    return new LockState(fence, 0, List.of(), List.of(), 0, 0, 0);
  }

  /** Held or waited for. */
  public boolean isInUse() {
    return !holders.isEmpty() || waitersInAll() > 0;
  }

  public long waitersInAll() {
    return waiters.size() + overflow;
  }

  /** Whether the home should read the next {@code wait/…} entries and send a Refill. */
  public boolean refillNeeded() {
    return overflow > 0 && waiters.size() < REFILL_BELOW;
  }

  @Nullable Grant grantOf(Owner owner) {
    for (Grant grant : holders) {
      if (grant.owner().equals(owner)) {
        return grant;
      }
    }
    return null;
  }

  /** The place among {@link #waiters()}, -1 for none. */
  int placeOf(Owner owner) {
    for (int place = 0; place < waiters.size(); place++) {
      if (waiters.get(place).owner().equals(owner)) {
        return place;
      }
    }
    return -1;
  }

  boolean isOverflowTicket(long ticket) {
    return firstTicket <= ticket && ticket < nextTicket;
  }

  /** Waiters ahead of this ticket: an upper bound, since some in between may have given up. */
  long positionOf(long ticket) {
    return waiters.size() + Math.min(ticket - firstTicket, overflow - 1);
  }

  /** Whether the holders leave room for this one, whoever waits. */
  boolean hasRoomFor(LockMode mode) {
    if (holders.size() >= HOLDERS_MAX) {
      return false;
    }
    return switch (mode) {
      case LockMode.Exclusive _ -> holders.isEmpty();
      case LockMode.Shared _ ->
          holders.stream().allMatch(grant -> grant.mode() instanceof LockMode.Shared);
      case LockMode.Permits wanted -> wanted.permits() <= wanted.of() - permitsHeld();
    };
  }

  private long permitsHeld() {
    long held = 0;
    for (Grant grant : holders) {
      held += grant.mode() instanceof LockMode.Permits permits ? permits.permits() : 0;
    }
    return held;
  }

  /** The next token goes to this owner. */
  LockState withGrant(Owner owner, LockMode mode, long delayMillis) {
    List<Grant> more = new ArrayList<>(holders);
    more.add(new Grant(owner, mode, fence + 1, delayMillis));
    return new LockState(
        fence + 1, mode.permitsOf(), more, waiters, firstTicket, nextTicket, overflow);
  }

  /** The one holder, which is exclusive, becomes a shared one under the next token. */
  LockState downgraded() {
    Grant held = holders.getFirst();
    Grant shared = new Grant(held.owner(), new LockMode.Shared(), fence + 1, held.delayMillis());
    return new LockState(
        fence + 1, permits, List.of(shared), waiters, firstTicket, nextTicket, overflow);
  }

  LockState withoutHolder(Owner owner) {
    List<Grant> fewer = new ArrayList<>(holders);
    fewer.removeIf(grant -> grant.owner().equals(owner));
    return new LockState(fence, permits, fewer, waiters, firstTicket, nextTicket, overflow);
  }

  LockState withWaiter(Waiter waiter) {
    List<Waiter> more = new ArrayList<>(waiters);
    more.add(waiter);
    return new LockState(
        fence, waiter.mode().permitsOf(), holders, more, firstTicket, nextTicket, overflow);
  }

  LockState withoutWaiter(int place) {
    List<Waiter> fewer = new ArrayList<>(waiters);
    fewer.remove(place);
    return new LockState(fence, permits, holders, fewer, firstTicket, nextTicket, overflow);
  }

  /** One more {@code wait/…} entry, with the ticket {@link #nextTicket()}. */
  LockState withOverflow() {
    return new LockState(
        fence, permits, holders, waiters, firstTicket, nextTicket + 1, overflow + 1);
  }

  /** Fewer {@code wait/…} entries, none of them below {@code first}. */
  LockState withLessOverflow(long fewer, long first) {
    long left = overflow - fewer;
    return new LockState(
        fence, permits, holders, waiters, left == 0 ? nextTicket : first, nextTicket, left);
  }
}
