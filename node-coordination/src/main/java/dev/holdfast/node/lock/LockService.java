package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.function.Consumer;

/** Acquire, release and withdraw, as scripts of the use cases. */
public final class LockService {
  /** For one command on a healthy cluster plenty, and short enough to tell a client soon. */
  public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);

  private static final int FRESH_TRIES_MAX = 5;

  private final Coordinator coordinator;
  private final LockGateway gateway;
  private final EntryBoard board;

  public LockService(Coordinator coordinator, LockGateway gateway, EntryBoard board) {
    this.coordinator = coordinator;
    this.gateway = gateway;
    this.board = board;
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
    EntryKey claim = Keys.claim(owner.session(), lock, owner.holder());
    ClaimWait claimWait = new ClaimWait();
    onGone.accept(claimWait::leave);
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
      return last;
    }
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
      return run(lock, new LockCommand.Cancel(owner));
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

  /** Ends a hold. Repeating it answers NotHeld. */
  public Settled<LockReply> release(String lock, Owner owner, long token) {
    return run(lock, new LockCommand.Release(owner, token));
  }

  /** Makes an exclusive hold a shared one, under a new token. Repeating it gets the same token. */
  public Settled<LockReply> downgrade(String lock, Owner owner, long token) {
    return run(lock, new LockCommand.Downgrade(owner, token));
  }

  /** Withdraws a request, also one that is still on its way. */
  public Settled<LockReply> cancel(String lock, Owner owner) {
    return run(lock, new LockCommand.Cancel(owner));
  }

  private Settled<LockReply> run(String lock, LockCommand command) {
    return gateway.run(lock, command, COMMAND_TIMEOUT);
  }
}
