// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.EntryLimit;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Acquire, release and withdraw, as scripts of the use cases: of REST and of the socket. */
public final class LockService {
  /** For one command on a healthy cluster plenty, and short enough to tell a client soon. */
  public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);

  private static final int FRESH_TRIES_MAX = 5;

  private final Coordinator coordinator;
  private final LockGateway gateway;
  private final EntryBoard board;
  private final EntryLimit limit;
  private final Set<ClaimWait> waits = ConcurrentHashMap.newKeySet();
  private volatile boolean leaving;

  /**
   * @param board of all claims
   * @param limit of locks that are in use or were a moment ago
   */
  public LockService(
      Coordinator coordinator, LockGateway gateway, EntryBoard board, EntryLimit limit) {
    this.coordinator = coordinator;
    this.gateway = gateway;
    this.board = board;
    this.limit = limit;
  }

  /**
   * Acquires a lock, and waits for it if it is told to. When the wait ends without a grant, the
   * request has been withdrawn (R14): it will not be granted later.
   *
   * @param seen the newest revision that the client had seen when it first sent this; negative when
   *     it named none, and does not repeat its requests on its own
   * @param wait how long to wait in the queue; zero to try only
   * @param onGone is handed what to run when the client goes: then the request is withdrawn, and a
   *     grant that nobody can be told of any more is given back
   * @return Granted, LockHeld, QueueFull, StaleRequest, SessionGone, ModeMismatch, or Cancelled
   *     when somebody else withdrew the request
   */
  public Settled<LockReply> acquire(
      String lock,
      Owner owner,
      LockMode mode,
      long seen,
      Duration wait,
      Consumer<Runnable> onGone) {
    return acquire(lock, owner, mode, seen, wait, 0, onGone);
  }

  /**
   * As {@link #acquire(String, Owner, LockMode, long, Duration, Consumer)}.
   *
   * @param delayMillis for so long nobody else is granted the lock after the session has expired
   */
  public Settled<LockReply> acquire(
      String lock,
      Owner owner,
      LockMode mode,
      long seen,
      Duration wait,
      long delayMillis,
      Consumer<Runnable> onGone) {
    if (isOver(owner.session())) {
      return new Settled<>(new LockReply.SessionGone(), 0);
    }
    limit.checkRoom(Keys.lock(lock));
    EntryKey claim = owner.claimKey(lock);
    ClaimWait claimWait = new ClaimWait();
    onGone.accept(claimWait::leave);
    waits.add(claimWait);
    if (leaving) {
      claimWait.end();
    }
    try (EntryBoard.Interest _ = board.follow(claim, claimWait)) {
      boolean queue = wait.isPositive();
      Settled<LockReply> first =
          seen >= 0
              ? run(lock, new LockCommand.Acquire(owner, mode, queue, seen, delayMillis))
              : acquireFresh(lock, owner, mode, queue, delayMillis, claim);
      Settled<LockReply> last =
          first.reply() instanceof LockReply.Queued(long position)
              ? await(lock, owner, position, first.revision(), claimWait, wait)
              : first;
      if (claimWait.isGone() && last.reply() instanceof LockReply.Granted(long token)) {
        run(lock, new LockCommand.Release(owner, token));
      }
      if (leaving && last.reply() instanceof LockReply.LockHeld && queue) {
        throw new UnavailableException("This node is stopping, and the wait was withdrawn");
      }
      return last;
    } finally {
      waits.remove(claimWait);
    }
  }

  /** This node stops: waits for locks end, and their requests are withdrawn. */
  public void endWaits() {
    leaving = true;
    waits.forEach(ClaimWait::end);
  }

  /** Also a lock that would be refused anyway is not spoken of to a session that is not there. */
  private boolean isOver(String session) {
    EntryKey key = Keys.session(session);
    return !coordinator.readLocal(key).observation().isPresent()
        && !coordinator.read(key, COMMAND_TIMEOUT).isPresent();
  }

  /**
   * For a caller without a revision of its own: this node's will do, as long as the call lasts. It
   * may lag behind the caller's own last release, which reads as a stale request; then an agreed-on
   * revision helps.
   */
  private Settled<LockReply> acquireFresh(
      String lock, Owner owner, LockMode mode, boolean queue, long delayMillis, EntryKey claim) {
    long seen = coordinator.readLocal(claim).observation().revision();
    for (int attempt = 1; ; attempt++) {
      Settled<LockReply> settled =
          run(lock, new LockCommand.Acquire(owner, mode, queue, seen, delayMillis));
      if (!(settled.reply() instanceof LockReply.StaleRequest) || attempt == FRESH_TRIES_MAX) {
        return settled;
      }
      seen = coordinator.read(claim, COMMAND_TIMEOUT).revision();
    }
  }

  private Settled<LockReply> await(
      String lock, Owner owner, long position, long since, ClaimWait claimWait, Duration wait) {
    try {
      Observation now = claimWait.await(since, wait);
      if (now != null) {
        return settledBy(now, owner);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Settled<LockReply> cancelled = withdraw(lock, owner);
    return cancelled.reply() instanceof LockReply.Cancelled
        ? new Settled<>(new LockReply.LockHeld(position), cancelled.revision())
        : cancelled; // Granted while the cancel was on its way: the client may have it.
  }

  /** It has been queued: nobody may be told that nothing was changed. */
  private Settled<LockReply> withdraw(String lock, Owner owner) {
    try {
      return cancel(lock, owner);
    } catch (UnavailableException e) {
      throw new OutcomeUnknownException("The request waits, and could not be withdrawn", e);
    }
  }

  private Settled<LockReply> settledBy(Observation now, Owner owner) {
    Entry claim = now.entry();
    if (claim != null && ClaimCodec.decode(claim.value()) instanceof Claim.Held held) {
      return new Settled<>(new LockReply.Granted(held.token()), now.revision());
    }
    boolean ended = !coordinator.readLocal(Keys.session(owner.session())).observation().isPresent();
    return new Settled<>(
        ended ? new LockReply.SessionGone() : new LockReply.Cancelled(), now.revision());
  }

  /**
   * Asks for a lock, and does not wait for it: what a queued request becomes is told by its claim.
   * The reply comes on a thread that has more to do: do not block it.
   *
   * @return as {@link #acquire}, and Queued
   */
  public CompletableFuture<Settled<LockReply>> request(String lock, LockCommand.Acquire request) {
    limit.checkRoom(Keys.lock(lock));
    return gateway.runAsync(lock, request, COMMAND_TIMEOUT);
  }

  /** Ends a hold. Repeating it answers NotHeld. */
  public Settled<LockReply> release(String lock, Owner owner, long token) {
    return run(lock, new LockCommand.Release(owner, token));
  }

  /** As {@link #release(String, Owner, long)}, without a thread that waits. */
  public CompletableFuture<Settled<LockReply>> releaseAsync(String lock, Owner owner, long token) {
    return gateway.runAsync(lock, new LockCommand.Release(owner, token), COMMAND_TIMEOUT);
  }

  /**
   * Ends the hold that the owner has now. Its token is looked up before anything is forwarded: a
   * release that is executed late must not end what the owner acquires after it.
   */
  public Settled<LockReply> release(String lock, Owner owner) {
    Observation claim = coordinator.read(owner.claimKey(lock), COMMAND_TIMEOUT);
    Entry entry = claim.entry();
    return entry != null && ClaimCodec.decode(entry.value()) instanceof Claim.Held held
        ? release(lock, owner, held.token())
        : new Settled<>(new LockReply.NotHeld(), claim.revision());
  }

  /**
   * Makes an exclusive hold a shared one, under a new token. Repeating it gets the same token. The
   * reply comes on a thread that has more to do: do not block it.
   */
  public CompletableFuture<Settled<LockReply>> downgrade(String lock, Owner owner, long token) {
    return gateway.runAsync(lock, new LockCommand.Downgrade(owner, token), COMMAND_TIMEOUT);
  }

  /** Withdraws a request, also one that is still on its way. A hold stays, and is reported. */
  public Settled<LockReply> cancel(String lock, Owner owner) {
    return gateway.cancel(lock, owner, COMMAND_TIMEOUT);
  }

  /**
   * Ends a hold or withdraws a request, whichever there is, also a request that is still on its
   * way. The reply comes on a thread that has more to do: do not block it.
   */
  public CompletableFuture<Settled<LockReply>> giveUp(String lock, Owner owner) {
    return gateway.endHolderAsync(lock, owner, COMMAND_TIMEOUT);
  }

  /** The id of the node that runs the changes of a lock now. */
  public String homeOf(String lock) {
    return gateway.homeOf(lock);
  }

  private Settled<LockReply> run(String lock, LockCommand command) {
    return gateway.run(lock, command, COMMAND_TIMEOUT);
  }
}
