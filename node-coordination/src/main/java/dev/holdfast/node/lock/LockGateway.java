// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.ClaimSight;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockOutcome;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.lock.LockMessages.LockRan;
import dev.holdfast.node.lock.LockMessages.RunLock;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.peer.PeerUnreachableException;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs lock commands on the lock's home. When the home does not answer in time this node acts
 * itself, and the home may yet execute what it was sent: every command names the request, the grant
 * or the claim that it acts on, and is without effect on any later one of its owner.
 */
public final class LockGateway {
  private static final Logger LOG = LoggerFactory.getLogger(LockGateway.class);
  private static final Duration HOME_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration REFILL_TIMEOUT = Duration.ofSeconds(5);

  /** A claim moves by what its own owner does, so a second look nearly always holds. */
  private static final int LOOKS_MAX = 8;

  private final Coordinator coordinator;
  private final PeerNetwork peers;
  private final Homes homes;
  private final String self;
  private final Meter meter;
  private final Transactor<LockState, LockCommand, LockOutcome> transactor;
  private final Set<String> refilling = ConcurrentHashMap.newKeySet();

  public LockGateway(
      Coordinator coordinator,
      PeerNetwork peers,
      Homes homes,
      String self,
      Meter meter,
      LongSupplier nanos) {
    this.coordinator = coordinator;
    this.peers = peers;
    this.homes = homes;
    this.self = self;
    this.meter = meter;
    this.transactor = new Transactor<>(new LockTransition(), coordinator, meter, nanos);
    peers.serve(
        RunLock.class,
        (from, run) -> {
          Settled<LockReply> settled =
              runHere(run.lock(), run.command(), HOME_TIMEOUT.multipliedBy(5));
          return new LockRan(settled.reply(), settled.revision());
        });
  }

  /** The id of the node that runs the changes of a lock now. */
  public String homeOf(String lock) {
    return homes.deciderOf(Keys.lock(lock));
  }

  /**
   * Runs a command, here or at the home of the lock.
   *
   * @throws CoordinatorException as {@link Coordinator#commit}; an outcome is also unknown when the
   *     home did not answer and a second try cannot tell what became of the first
   */
  public Settled<LockReply> run(String lock, LockCommand command, Duration timeout) {
    String home = homeOf(lock);
    boolean unanswered = false;
    if (!home.equals(self)) {
      Duration patience = timeout.compareTo(HOME_TIMEOUT) < 0 ? timeout : HOME_TIMEOUT;
      try {
        LockRan ran = peers.call(home, new RunLock(lock, command), patience);
        meter.count("lock.forwarded", 1);
        return new Settled<>(ran.reply(), ran.revision());
      } catch (PeerException e) {
        unanswered = !(e instanceof PeerUnreachableException);
        meter.count("lock.home.unreachable", 1);
        LOG.debug(
            "Home {} of lock {} does not answer, acting here: {}", home, lock, e.getMessage());
      }
    }
    return unanswered ? runAgain(lock, command, timeout) : runHere(lock, command, timeout);
  }

  /**
   * As {@link #run}, and no thread waits when this node is the home. The reply comes on a thread
   * that has more to do: do not block it.
   */
  public CompletableFuture<Settled<LockReply>> runAsync(
      String lock, LockCommand command, Duration timeout) {
    if (homeOf(lock).equals(self)) {
      return transactor
          .submitAsync(Keys.lock(lock), command, timeout)
          .thenApply(settled -> reply(lock, settled));
    }
    return onAThread(lock, () -> run(lock, command, timeout));
  }

  private static CompletableFuture<Settled<LockReply>> onAThread(
      String lock, Supplier<Settled<LockReply>> blocking) {
    CompletableFuture<Settled<LockReply>> reply = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("lock " + lock)
        .start(() -> {
          try {
            reply.complete(blocking.get());
          } catch (Throwable e) { // Somebody waits for the reply, whatever went wrong.
            reply.completeExceptionally(e);
          }
        });
    return reply;
  }

  /** Withdraws what this owner asks for now, and nothing that it asks for later. */
  Settled<LockReply> cancel(String lock, Owner owner, Duration timeout) {
    return asSeen(
        owner.claimKey(lock),
        timeout,
        seen -> run(lock, new LockCommand.Cancel(owner, seen), timeout));
  }

  /** Ends what this owner holds or asks for now, and nothing that it gets later. */
  Settled<LockReply> endHolder(String lock, Owner owner, Duration timeout) {
    return asSeen(
        owner.claimKey(lock),
        timeout,
        seen -> run(lock, new LockCommand.EndHolder(owner, seen), timeout));
  }

  /** As {@link #endHolder(String, Owner, Duration)}, of a claim that was just read. */
  Settled<LockReply> endHolder(String lock, Owner owner, ClaimSight seen, Duration timeout) {
    Settled<LockReply> settled = run(lock, new LockCommand.EndHolder(owner, seen), timeout);
    return settled.reply() instanceof LockReply.Moved ? endHolder(lock, owner, timeout) : settled;
  }

  /** As {@link #endHolder(String, Owner, Duration)}, without a thread that waits. */
  CompletableFuture<Settled<LockReply>> endHolderAsync(String lock, Owner owner, Duration timeout) {
    LockCommand command = new LockCommand.EndHolder(owner, seenLocally(owner.claimKey(lock)));
    return runAsync(lock, command, timeout)
        .thenCompose(settled ->
            settled.reply() instanceof LockReply.Moved
                ? onAThread(lock, () -> endHolder(lock, owner, timeout))
                : CompletableFuture.completedFuture(settled));
  }

  /**
   * Runs a command that names a claim as it was seen: first as this node knows it, then as it is
   * agreed on, until it has not moved.
   */
  private Settled<LockReply> asSeen(
      EntryKey claim, Duration timeout, Function<ClaimSight, Settled<LockReply>> attempt) {
    ClaimSight seen = seenLocally(claim);
    for (int look = 1; look <= LOOKS_MAX; look++) {
      Settled<LockReply> settled = attempt.apply(seen);
      if (!(settled.reply() instanceof LockReply.Moved)) {
        return settled;
      }
      seen = ClaimSight.of(coordinator.read(claim, timeout));
    }
    throw new UnavailableException(
        "%s has moved %d times while it was to be ended; ask again".formatted(claim, LOOKS_MAX));
  }

  private ClaimSight seenLocally(EntryKey claim) {
    return ClaimSight.of(coordinator.readLocal(claim).observation());
  }

  /**
   * After a try that the home did not answer: it may have worked, or may yet. So nothing that is
   * found here now may be told as if this were the first try.
   */
  private Settled<LockReply> runAgain(String lock, LockCommand command, Duration timeout) {
    try {
      Settled<LockReply> settled = runHere(lock, command, timeout);
      return switch (command) {
        case LockCommand.Acquire _ when settled.reply() instanceof LockReply.StaleRequest ->
            throw new OutcomeUnknownException(
                "It has ended already, perhaps granted to this request's first try and released");
        case LockCommand.Acquire acquire -> withoutALateGrant(lock, acquire, settled, timeout);
        case LockCommand.Release _ when settled.reply() instanceof LockReply.NotHeld ->
            throw new OutcomeUnknownException(
                "It is not held, perhaps by this request's first try, which was not answered");
        case LockCommand.Downgrade _,
            LockCommand.Release _,
            LockCommand.Cancel _,
            LockCommand.EndHolder _,
            LockCommand.Refill _,
            LockCommand.Forget _ ->
            settled;
      };
    } catch (UnavailableException e) {
      throw new OutcomeUnknownException(
          "The home did not answer a first try, and a second one was not possible", e);
    }
  }

  /** The first try may still be run: a refusal has to overtake it. */
  private Settled<LockReply> withoutALateGrant(
      String lock, LockCommand.Acquire command, Settled<LockReply> settled, Duration timeout) {
    Optional<Owner> overtaken = command.overtaken(settled.reply());
    if (overtaken.isEmpty()) {
      return settled;
    }
    Owner owner = overtaken.get();
    Settled<LockReply> cancelled =
        asSeen(
            owner.claimKey(lock),
            timeout,
            seen -> runHere(lock, new LockCommand.Cancel(owner, seen), timeout));
    return cancelled.reply() instanceof LockReply.Granted ? cancelled : settled;
  }

  private Settled<LockReply> runHere(String lock, LockCommand command, Duration timeout) {
    return reply(lock, transactor.submit(Keys.lock(lock), command, timeout));
  }

  private Settled<LockReply> reply(String lock, Settled<LockOutcome> settled) {
    if (settled.reply().refillNeeded()) {
      refillSoon(lock);
    }
    return new Settled<>(settled.reply().reply(), settled.revision());
  }

  /** Moves waiters from entries of their own into the lock's entry, page by page (R20). */
  void refillSoon(String lock) {
    if (refilling.add(lock)) {
      Thread.ofVirtual().name("refill " + lock).start(() -> refill(lock));
    }
  }

  private void refill(String lock) {
    try {
      boolean again = true;
      while (again) {
        Settled<LockOutcome> settled =
            transactor.submit(Keys.lock(lock), new LockCommand.Refill(page(lock)), REFILL_TIMEOUT);
        again = settled.reply().refillNeeded();
      }
    } catch (CoordinatorException e) {
      LOG.info("Refill of lock {} will be tried again: {}", lock, e.getMessage());
    } finally {
      refilling.remove(lock);
    }
  }

  private List<Observation> page(String lock) {
    Entry entry = coordinator.read(Keys.lock(lock), REFILL_TIMEOUT).entry();
    if (entry == null) {
      return List.of();
    }
    List<EntryKey> keys =
        LockTransition.refillKeys(lock, new LockTransition().decode(entry.value()));
    return keys.isEmpty() ? List.of() : coordinator.read(keys, REFILL_TIMEOUT);
  }
}
