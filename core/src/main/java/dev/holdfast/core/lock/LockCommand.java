// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import java.util.Optional;

/**
 * What can be asked of a lock. The lock's name is in the key of its entry.
 *
 * <p>Commands are forwarded, and a forwarded command may be executed long after its sender has
 * given it up and run it elsewhere. So each names what it acts on, and a later grant or request of
 * the same owner is out of its reach: an acquire names the revision that its client had seen, a
 * release and a downgrade name their token, a cancel names the claim that it ends.
 */
public sealed interface LockCommand {
  /**
   * Whose request must be cancelled when another try of this command was not answered and may still
   * be run, while this one was: a refusal has to overtake a late grant. A cancel that finds a grant
   * reports it.
   */
  default Optional<Owner> overtaken(LockReply reply) {
    boolean decided = reply instanceof LockReply.Granted || reply instanceof LockReply.Queued;
    return this instanceof Acquire acquire && !decided
        ? Optional.of(acquire.owner())
        : Optional.empty();
  }

  /**
   * May be sent again unchanged: until the grant ends, a duplicate gets the same token, and after
   * that it is refused as stale.
   *
   * @param queue wait in line when the lock is not free
   * @param seenRevision the newest revision that the client had seen when it first sent this (R12);
   *     the node's own applied revision when the client named none
   * @param delayMillis for so long nobody else is granted the lock after its session has expired
   */
  record Acquire(Owner owner, LockMode mode, boolean queue, long seenRevision, long delayMillis)
      implements LockCommand {
    /** Longer would be a lock that its owner should rather keep a session for. */
    public static final long DELAY_MILLIS_MAX = 10 * 60 * 1_000;

    public Acquire {
      if (seenRevision < 0) {
        throw new IllegalArgumentException("A revision is not negative: " + seenRevision);
      }
      if (delayMillis < 0 || delayMillis > DELAY_MILLIS_MAX) {
        throw new IllegalArgumentException(
            "A delay is 0 to " + DELAY_MILLIS_MAX + " ms: " + delayMillis);
      }
    }

    /** Without a delay. */
    public Acquire(Owner owner, LockMode mode, boolean queue, long seenRevision) {
      this(owner, mode, queue, seenRevision, 0);
    }
  }

  /**
   * Makes an exclusive hold a shared one, under a new token, with nobody in between. May be sent
   * again unchanged.
   *
   * @param token of the exclusive grant: refused everywhere from then on
   */
  record Downgrade(Owner owner, long token) implements LockCommand {}

  /**
   * Ends a hold.
   *
   * @param token of the grant, from 1
   */
  record Release(Owner owner, long token) implements LockCommand {
    public Release {
      if (token < 1) {
        throw new IllegalArgumentException("A grant has a token from 1 on, not " + token);
      }
    }
  }

  /**
   * Withdraws a request, also one that has not arrived yet. A hold stays: the reply names its
   * token, and the caller decides whether to use or to release it. When the claim is not as it was
   * seen, the reply is {@link LockReply.Moved}: look again.
   */
  record Cancel(Owner owner, ClaimSight seen) implements LockCommand {}

  /**
   * Ends a hold or a request, whichever there is, and stops a request that has not arrived yet. For
   * the claims of an ended session, and for requests whose client is gone. When the claim is not as
   * it was seen, the reply is {@link LockReply.Moved}: look again.
   */
  record EndHolder(Owner owner, ClaimSight seen) implements LockCommand {}

  /**
   * Moves waiters from {@code wait/…} entries into the lock's own entry, and grants if possible.
   *
   * @param page what the keys of {@link LockTransition#refillKeys} held: consecutive tickets,
   *     beginning with the first
   */
  record Refill(List<Observation> page) implements LockCommand {
    /** So many keys are read for one refill. */
    public static final int PAGE_MAX = 128;

    /** So many waiters are moved by one refill. */
    public static final int MOVED_MAX = 32;

    public Refill {
      page = List.copyOf(page);
      if (page.size() > PAGE_MAX) {
        throw new IllegalArgumentException("A page has at most " + PAGE_MAX + ": " + page.size());
      }
    }
  }

  /** Deletes the entry of a lock that is not in use (R18). */
  record Forget() implements LockCommand {}
}
