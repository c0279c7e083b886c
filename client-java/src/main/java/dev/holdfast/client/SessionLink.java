// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * One session, as the public types and its connections see it. Its parts have a state of their own
 * each:
 *
 * <pre>
 *   {@link SessionLife}       its id, its state, its end
 *   {@link Uplink}            the live connection, and the way to the next one
 *     {@link Handshake}       makes the session known there
 *     {@link Relocation}      takes a busy session to the leader's node
 *   {@link KeepAlives}        until when the session surely lives
 *   {@link Dispatch}          whom a frame of a node is for
 *   {@link Holds}             one {@link HoldLife} for each hold
 *   {@link DataCalls}         maps, counters, latches, barriers
 *   {@link MapWatches}        watches of maps
 *   {@link Observers}         elections and groups, by {@link ElectionRequests}
 * </pre>
 *
 * All of them are under one {@link Guard}: callers and the threads that bring frames enter it here,
 * timers by {@link Guard#later}. Only the id, the states and the lease are read outside. {@link
 * OwnedHolds} has locks of its own, which are taken before the guard, never inside.
 */
final class SessionLink implements HoldSession, Connection.User {
  /** How long {@link #close} and an interrupted acquire wait for an answer before they go on. */
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private static final Duration WITHDRAW_WAIT = Duration.ofSeconds(1);

  private final ClientRuntime runtime;
  private final Guard guard;
  private final Uplink uplink;
  private final Dispatch dispatch;

  // The parts, for each other; under the guard.
  final SessionLife life;
  final Handshake handshake;
  final KeepAlives keepAlives;
  final Holds holds;
  final DataCalls calls;
  final MapWatches watches;
  final ElectionRequests elections;
  final Observers observers;

  final OwnedHolds owned = new OwnedHolds(this);

  SessionLink(ClientRuntime runtime, Duration ttl, Consumer<SessionLink> ended) {
    this.runtime = runtime;
    this.guard = new Guard(runtime.time());
    this.uplink = new Uplink(this, runtime, guard);
    this.life = new SessionLife(this, uplink, runtime, guard, () -> ended.accept(this));
    this.dispatch = new Dispatch(this, runtime, uplink);
    this.handshake = new Handshake(this, runtime, uplink);
    this.keepAlives = new KeepAlives(this, uplink, runtime, guard, ttl);
    this.holds = new Holds(this, runtime, guard, uplink);
    this.calls = new DataCalls(this, uplink, runtime, guard);
    this.watches = new MapWatches(this, calls, uplink, runtime, guard);
    this.elections = new ElectionRequests(this, runtime, guard, uplink);
    this.observers = new Observers(this, elections, runtime, guard);
  }

  // ---- What the public types ask ----

  /** Looks for a node, and ends when none has opened the session in time. */
  Time.Timer begin() {
    Time.Timer limit = guard.later(runtime.config().requestTimeout(), life::notOpenedInTime);
    guard.run(uplink::connect);
    return limit;
  }

  /** Blocks until the session is open. */
  void open() {
    Time.Timer limit = begin();
    try {
      life.opened.get();
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    } catch (InterruptedException e) {
      guard.run(
          () -> life.openFailed(new UnavailableException("interrupted while opening a session")));
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while opening a session", e);
    } finally {
      limit.cancel();
    }
  }

  @Override
  public boolean hasId() {
    return life.id() != null;
  }

  @Override
  public String id() {
    String known = life.id();
    if (known == null) {
      throw new IllegalStateException("not open");
    }
    return known;
  }

  @Override
  public Duration ttl() {
    return keepAlives.ttl();
  }

  @Override
  public SessionState state() {
    return life.state();
  }

  Listeners<SessionState> listeners() {
    return life.listeners;
  }

  @Override
  public Executor events() {
    return runtime.events();
  }

  @Override
  public Time time() {
    return runtime.time();
  }

  ClientRuntime runtime() {
    return runtime;
  }

  @Override
  public boolean isAlive() {
    return hasId() && !state().isFinal() && !keepAlives.isOver();
  }

  @Override
  public Duration remaining() {
    return isAlive() ? keepAlives.remaining() : Duration.ZERO;
  }

  @Override
  public void expireIfDue() {
    if (hasId() && !isAlive()) {
      guard.run(life::loseIfOver);
    }
  }

  @Override
  public Hold acquire(Ask ask) {
    expireIfDue();
    return guard.call(() -> holds.acquire(ask));
  }

  @Override
  public CompletableFuture<Void> downgrade(Hold hold) {
    expireIfDue();
    return guard.call(hold.life::downgrade);
  }

  @Override
  public void release(Hold hold) {
    expireIfDue();
    guard.run(hold.life::release);
  }

  @Override
  public void withdrawAndWait(Hold hold) {
    guard.run(hold.life::release);
    try {
      hold.over.get(WITHDRAW_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | InterruptedException e) {
      Loudly.warn("the request for " + hold.lock() + " is being withdrawn in the background");
    } catch (ExecutionException e) {
      throw new AssertionError("never completed exceptionally", e);
    }
  }

  /** A write of data, which has its effect once. */
  CompletableFuture<ServerFrame> write(DataCall.Form form) {
    expireIfDue();
    return guard.call(() -> calls.write(form));
  }

  /** A question about data, which may be asked again. */
  CompletableFuture<ServerFrame> read(DataCall.Question question) {
    expireIfDue();
    return guard.call(() -> calls.read(question));
  }

  void open(MapWatch watch) {
    expireIfDue();
    guard.run(() -> watches.open(watch));
  }

  void close(MapWatch watch) {
    guard.run(() -> watches.close(watch));
  }

  @Override
  public CompletableFuture<ServerFrame> request(LongFunction<ClientFrame> frame) {
    expireIfDue();
    return guard.call(() -> elections.send(frame));
  }

  Observers.Observer watch(String name, boolean group, Consumer<Observers.Observer> changed) {
    expireIfDue();
    return guard.call(() -> {
      if (state().isFinal()) {
        throw new SessionLostException("the session is " + state());
      }
      return observers.watch(name, group, changed);
    });
  }

  void unwatch(Observers.Observer observer) {
    guard.run(() -> observers.unwatch(observer));
  }

  List<ServerFrame.Leader> present(Observers.Observer observer) {
    return guard.call(() -> Observers.present(observer));
  }

  void beginClose() {
    guard.run(life::close);
  }

  void close() {
    beginClose();
    if (!state().isFinal()) {
      try {
        life.closedAtNode.get(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        Loudly.warn(
            "session "
                + life.id()
                + " was not closed, it ends within "
                + ttl()
                + ": "
                + uplink.lastFailure());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        throw new AssertionError("never completed exceptionally", e);
      }
    }
    guard.run(life::closed);
  }

  // ---- What a connection tells ----

  @Override
  public void received(Connection from, List<ServerFrame> frames) {
    guard.run(() -> {
      life.loseIfOver();
      dispatch.received(from, frames);
    });
  }

  @Override
  public void disconnected(Connection from, String why, int statusCode, boolean shared) {
    guard.run(() -> uplink.disconnected(from, why, statusCode, shared));
  }
}
