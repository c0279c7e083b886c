// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.lock.LockInput;
import dev.holdfast.node.lock.LockRoutes;
import dev.holdfast.node.lock.LockService;
import dev.holdfast.node.lock.WireModes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.HandleState.Standing;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** What one connection says about locks. Owns which claims it follows. Thread-safe. */
final class LockFrames {
  private static final int HANDLES_MAX = 100_000;

  private final SessionSocket node;
  private final LockService locks;
  private final FrameChannel channel;
  private final Lifetime lifetime;
  private final Map<EntryKey, Handle> handles = new ConcurrentHashMap<>();
  private final LockTransition rules = new LockTransition();

  LockFrames(SessionSocket node, FrameChannel channel, Lifetime lifetime) {
    this.node = node;
    this.locks = node.locks.service();
    this.channel = channel;
    this.lifetime = lifetime;
  }

  static boolean isCommand(ClientFrame frame) {
    return switch (frame) {
      case ClientFrame.Acquire _,
          ClientFrame.AcquireDelayed _,
          ClientFrame.Cancel _,
          ClientFrame.Release _,
          ClientFrame.Downgrade _ ->
          true;
      default -> false;
    };
  }

  /**
   * Hands a command over and does not wait.
   *
   * @param failed is told why there is no answer
   * @param done runs when it was answered
   */
  void run(ClientFrame frame, BiConsumer<ClientFrame, Throwable> failed, Runnable done) {
    CompletableFuture<Void> answered;
    try {
      answered =
          switch (frame) {
            case ClientFrame.Acquire acquire -> acquire(acquire, 0);
            case ClientFrame.AcquireDelayed acquire -> acquire(acquire);
            case ClientFrame.Cancel cancel -> cancel(cancel);
            case ClientFrame.Release release -> release(release);
            case ClientFrame.Downgrade downgrade -> downgrade(downgrade);
            default -> throw new IllegalStateException("Not a command for a lock: " + frame);
          };
    } catch (RuntimeException e) {
      answered = CompletableFuture.failedFuture(e);
    }
    var _ =
        answered.whenComplete((_, error) -> {
          if (error != null) {
            failed.accept(
                frame,
                error instanceof CompletionException && error.getCause() != null
                    ? error.getCause()
                    : error);
          }
          done.run();
        });
  }

  private CompletableFuture<Void> acquire(ClientFrame.AcquireDelayed frame) {
    if (frame.delayMillis() > LockCommand.Acquire.DELAY_MILLIS_MAX) {
      throw new ProblemException(
          400, "BAD_DELAY", "A delay is at most 10 minutes", "Ask for less.");
    }
    return acquire(
        new ClientFrame.Acquire(
            frame.request(),
            frame.session(),
            frame.holder(),
            frame.lock(),
            frame.mode(),
            frame.waitMillis(),
            frame.seen()),
        frame.delayMillis());
  }

  private CompletableFuture<Void> acquire(ClientFrame.Acquire frame, long delayMillis) {
    Owner owner = LockInput.owner(frame.session(), frame.holder());
    String lock = LockInput.lockName(frame.lock());
    boolean forever = frame.waitMillis() == FrameLimits.WAIT_FOREVER;
    Duration wait = forever ? LockInput.WAIT_MAX : Duration.ofMillis(frame.waitMillis());
    if (wait.compareTo(LockInput.WAIT_MAX) > 0) {
      throw new ProblemException(
          400, "BAD_WAIT", "A wait is at most 10 minutes, or for ever (-1)", "Ask for less.");
    }
    Handle handle = followed(owner, lock);
    return locks
        .request(
            lock,
            new LockCommand.Acquire(
                owner,
                WireModes.toCore(frame.mode()),
                forever || wait.isPositive(),
                frame.seen(),
                delayMillis))
        .thenAccept(settled -> acquired(frame, handle, settled));
  }

  private void acquired(ClientFrame.Acquire frame, Handle handle, Settled<LockReply> settled) {
    switch (settled.reply()) {
      case LockReply.Granted(long token) ->
          handle.granted(frame.request(), token, settled.revision(), homeApi(handle.lock));
      case LockReply.Queued(long ahead) -> {
        handle.queued(frame.request(), ahead + 1, settled.revision());
        if (frame.waitMillis() != FrameLimits.WAIT_FOREVER) {
          handle.endsWaiting(
              node.timer.schedule(
                  () -> Thread.startVirtualThread(() -> endWait(frame.request(), handle)),
                  frame.waitMillis(),
                  TimeUnit.MILLISECONDS));
        }
      }
      case LockReply refusal -> {
        forget(handle.owner, handle.lock);
        throw LockRoutes.refused(handle.lock, handle.owner, refusal);
      }
    }
  }

  /** Commits the cancel before the client is told (R14). A grant that was faster is pushed. */
  private void endWait(long request, Handle handle) {
    if (!handle.isQueued()) {
      return;
    }
    try {
      Settled<LockReply> settled = locks.cancel(handle.lock, handle.owner);
      if (settled.reply() instanceof LockReply.Cancelled) {
        forget(handle.owner, handle.lock);
        channel.failSoon(
            request,
            LockRoutes.refused(handle.lock, handle.owner, new LockReply.LockHeld(0)),
            false);
      }
    } catch (CoordinatorException e) {
      channel.failSoon(request, node.problems.translate(e), true);
    }
  }

  private CompletableFuture<Void> cancel(ClientFrame.Cancel frame) {
    Owner owner = LockInput.owner(frame.session(), frame.holder());
    String lock = LockInput.lockName(frame.lock());
    forget(owner, lock);
    return locks
        .giveUp(lock, owner)
        .thenAccept(settled ->
            channel.sendSoon(
                new ServerFrame.Cancelled(
                    frame.request(), owner.session(), owner.holder(), lock, settled.revision())));
  }

  private CompletableFuture<Void> release(ClientFrame.Release frame) {
    Owner owner = LockInput.owner(frame.session(), frame.holder());
    String lock = LockInput.lockName(frame.lock());
    long token = LockInput.token(frame.token());
    forget(owner, lock); // What follows is the client's own doing, and no loss.
    return locks
        .releaseAsync(lock, owner, token)
        .thenAccept(settled ->
            channel.sendSoon(
                new ServerFrame.Released(
                    frame.request(), owner.session(), owner.holder(), lock, settled.revision())));
  }

  private CompletableFuture<Void> downgrade(ClientFrame.Downgrade frame) {
    Owner owner = LockInput.owner(frame.session(), frame.holder());
    String lock = LockInput.lockName(frame.lock());
    long token = LockInput.token(frame.token());
    Handle handle = followed(owner, lock);
    return locks
        .downgrade(lock, owner, token)
        .thenAccept(settled -> {
          switch (settled.reply()) {
            case LockReply.Granted(long shared) ->
                handle.granted(frame.request(), shared, settled.revision(), homeApi(lock));
            case LockReply refusal -> {
              if (refusal instanceof LockReply.NotHeld) {
                forget(owner, lock);
              }
              throw LockRoutes.refused(lock, owner, refusal);
            }
          }
        });
  }

  private String homeApi(String lock) {
    return node.cluster.member(locks.homeOf(lock)).map(ClusterView.Member::apiUrl).orElse("");
  }

  private Handle followed(Owner owner, String lock) {
    if (handles.size() >= HANDLES_MAX) {
      throw new ProblemException(
          429,
          "TOO_MANY_HANDLES",
          "This connection follows " + HANDLES_MAX + " handles",
          "Release some, or open another connection.");
    }
    return lifetime
        .<Handle>whileOpen(
            () -> handles.computeIfAbsent(Handle.key(owner, lock), key -> begun(owner, lock)))
        .orElseGet(() -> over(owner, lock));
  }

  private Handle begun(Owner owner, String lock) {
    Handle handle = handle(owner, lock);
    handle.follow(node.locks.claims());
    return handle;
  }

  /** Its client has gone: nobody is told, and nothing is kept. */
  private Handle over(Owner owner, String lock) {
    Handle handle = handle(owner, lock);
    handle.unfollow();
    return handle;
  }

  private Handle handle(Owner owner, String lock) {
    return new Handle(owner, lock, node.coordinator, channel, () -> forget(owner, lock));
  }

  private void forget(Owner owner, String lock) {
    Handle handle = handles.remove(Handle.key(owner, lock));
    if (handle != null) {
      handle.unfollow();
    }
  }

  /** Follows a claim from now on, and says how it stands now. */
  HandleState resume(Owner owner, String lock) {
    Handle handle = followed(owner, lock);
    Observation now = node.coordinator.readLocal(Handle.key(owner, lock)).observation();
    Claim claim = now.entry() == null ? null : ClaimCodec.decode(now.entry().value());
    handle.resumed(claim, now.revision());
    if (claim instanceof Claim.Held held) {
      return new HandleState(lock, owner.holder(), Standing.HELD, held.token(), 0);
    }
    if (claim != null) {
      return new HandleState(lock, owner.holder(), Standing.QUEUED, 0, position(owner, lock));
    }
    forget(owner, lock);
    return new HandleState(lock, owner.holder(), Standing.ABSENT, 0, 0);
  }

  private long position(Owner owner, String lock) {
    Entry entry = node.coordinator.readLocal(Keys.lock(lock)).observation().entry();
    if (entry == null) {
      return 1;
    }
    var state = rules.decode(entry.value());
    for (int i = 0; i < state.waiters().size(); i++) {
      if (state.waiters().get(i).owner().equals(owner)) {
        return i + 1L;
      }
    }
    return state.waitersInAll();
  }

  void unfollowAll() {
    handles.values().forEach(Handle::unfollow);
    handles.clear();
  }
}
