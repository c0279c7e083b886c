package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.ServerFrame;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one session alive over changing connections. The whole life:
 *
 * <pre>
 *   connect ──► socket open ──► Hello, OpenSession | ResumeSession… ──► ready ──► keep-alives
 *      ▲                                                                  │
 *      └── next node, with jittered backoff ◄── broken, silent, refused ──┘
 * </pre>
 *
 * Each acknowledged renewal moves the {@link Lease}. When the lease is over, the session is LOST,
 * whatever any node says later. All state is under one {@link Guard}; frames arrive one after the
 * other, timers and callers come from their own threads.
 */
final class SessionLink {
  /** How long {@link #close} and an interrupted acquire wait for an answer before they go on. */
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private static final Duration WITHDRAW_WAIT = Duration.ofSeconds(1);

  private final ClientRuntime runtime;
  private final Runnable onEnd;
  private final Guard guard;
  private final Backoff backoff;
  private final Holds holds;
  private final Calls calls;
  private final MapWatches watches;
  private final ElectionRequests requests;
  private final Observers observers;
  private final Relocation relocation;
  final OwnedHolds owned = new OwnedHolds(this);
  private final Endpoints.Walk walk;
  private final Listeners<SessionState> listeners;
  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private final CompletableFuture<Void> closedAtNode = new CompletableFuture<>();

  // Written under the guard, read anywhere.
  private volatile SessionState state = SessionState.SUSPENDED;
  private volatile @Nullable String id;
  private volatile Lease lease;

  // Under the guard.
  private int attempt;
  private @Nullable Connection socket;
  private boolean ready;
  private boolean closing;
  private boolean alone;
  private final Set<Long> handshake = new HashSet<>();
  private long handshakeSentNanos;
  private long keepAliveRequest;
  private long keepAliveSentNanos;
  private long closeRequest;
  private String lastFailure = "no node was asked yet";
  private Time.@Nullable Timer attemptTimer;
  private Time.@Nullable Timer keepAliveTimer;

  SessionLink(ClientRuntime runtime, Duration ttl, Consumer<SessionLink> ended) {
    this.runtime = runtime;
    this.guard = new Guard(runtime.time());
    this.onEnd = () -> ended.accept(this);
    this.walk = runtime.endpoints().walk();
    this.backoff = new Backoff(runtime.random());
    this.listeners = new Listeners<>(runtime.events());
    this.lease = new Lease(runtime.time().nanoTime(), ttl);
    this.holds = new Holds(this, runtime, guard, this::send);
    this.calls = new Calls(this, runtime, guard);
    this.watches = new MapWatches(this, runtime, guard);
    this.requests = new ElectionRequests(this, runtime, guard, this::send);
    this.observers = new Observers(this, requests, runtime, guard);
    this.relocation = new Relocation(this, runtime, guard);
  }

  // ---- What the public types ask ----

  /** Looks for a node, and ends when none has opened the session in time. */
  Time.Timer begin() {
    Time.Timer limit =
        guard.later(
            runtime.config().requestTimeout(),
            () -> openFailed(new UnavailableException(openFailure())));
    guard.run(this::connect);
    return limit;
  }

  /** Blocks until the session is open. */
  void open() {
    Time.Timer limit = begin();
    try {
      opened.get();
    } catch (ExecutionException e) {
      throw LockClient.rethrown(e.getCause());
    } catch (InterruptedException e) {
      guard.run(() -> openFailed(new UnavailableException("interrupted while opening a session")));
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while opening a session", e);
    } finally {
      limit.cancel();
    }
  }

  /** False until a node has opened the session. */
  boolean hasId() {
    return id != null;
  }

  String id() {
    String known = id;
    if (known == null) {
      throw new IllegalStateException("not open");
    }
    return known;
  }

  Duration ttl() {
    return lease.ttl();
  }

  SessionState state() {
    return state;
  }

  Listeners<SessionState> listeners() {
    return listeners;
  }

  Executor events() {
    return runtime.events();
  }

  boolean isAlive() {
    return id != null && !state.isFinal() && !lease.isOver(runtime.time().nanoTime());
  }

  Duration remaining() {
    return isAlive() ? lease.remaining(runtime.time().nanoTime()) : Duration.ZERO;
  }

  /**
   * What a paused program calls first: the deadline counts, not whether its timer has run. While
   * the timer is ending the session, this waits until it has told all holds.
   */
  void expireIfDue() {
    if (id != null && !isAlive()) {
      guard.run(this::loseIfOver);
    }
  }

  Hold acquire(Ask ask) {
    expireIfDue();
    return guard.call(() -> holds.acquire(ask));
  }

  CompletableFuture<Void> downgrade(Hold hold) {
    expireIfDue();
    return guard.call(() -> hold.life.downgrade());
  }

  CompletableFuture<ServerFrame> call(LongFunction<ClientFrame> request) {
    expireIfDue();
    return guard.call(() -> requests.send(request));
  }

  Observers.Observer watch(String name, boolean group, Consumer<Observers.Observer> changed) {
    expireIfDue();
    return guard.call(() -> {
      if (state.isFinal()) {
        throw new SessionLostException("the session is " + state);
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

  /** A write, which has its effect once. */
  CompletableFuture<ServerFrame> write(Call.Form form) {
    expireIfDue();
    return guard.call(() -> calls.start(true, form));
  }

  /** A question, which may be asked again. */
  CompletableFuture<ServerFrame> read(Calls.Read read) {
    expireIfDue();
    return guard.call(() -> ask(read));
  }

  /** {@link #read}, under the guard. */
  CompletableFuture<ServerFrame> ask(Calls.Read read) {
    return calls.start(false, (request, slot, sequence, again) -> read.frame(request));
  }

  void open(MapWatch watch) {
    expireIfDue();
    guard.run(() -> watches.open(watch));
  }

  void close(MapWatch watch) {
    guard.run(() -> watches.close(watch));
  }

  ClientRuntime runtime() {
    return runtime;
  }

  void release(Hold hold) {
    expireIfDue();
    guard.run(hold.life::release);
  }

  /** For a caller who goes away: waits a moment for the answer, not for ever. */
  void withdrawAndWait(Hold hold) {
    guard.run(hold.life::release);
    try {
      hold.over.get(WITHDRAW_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | InterruptedException e) {
      Loudly.warn("the request for " + hold.lock() + " is being withdrawn in the background");
    } catch (ExecutionException e) {
      throw new AssertionError("never completed exceptionally", e);
    }
  }

  void beginClose() {
    guard.run(() -> {
      if (state.isFinal() || closing) {
        return;
      }
      closing = true;
      holds.sessionClosing();
      if (ready) {
        sendClose();
      }
    });
  }

  void close() {
    beginClose();
    if (!state.isFinal()) {
      try {
        closedAtNode.get(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        Loudly.warn(
            "session " + id + " was not closed, it ends within " + ttl() + ": " + lastFailure);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        throw new AssertionError("never completed exceptionally", e);
      }
    }
    guard.run(() -> end(SessionState.CLOSED, "closed by this program"));
  }

  // ---- Connecting ----

  private void connect() {
    if (state.isFinal()) {
      return;
    }
    int mine = ++attempt;
    Duration limit = limitHandshake();
    URI node = walk.next();
    guard.after(() -> open(mine, node, limit));
  }

  private Duration limitHandshake() {
    int mine = attempt;
    Duration limit = Backoff.attempt(lease.ttl());
    Time.cancel(attemptTimer);
    attemptTimer = guard.later(limit, () -> broken(mine, "no node answered within " + limit));
    return limit;
  }

  private void open(int mine, URI node, Duration limit) {
    CompletableFuture<?> unused =
        runtime
            .dialer()
            .to(node, limit, alone ? Connection.Purpose.ALONE : Connection.Purpose.SHARE)
            .whenComplete((open, error) -> guard.run(() -> connected(mine, open, error)));
  }

  private void connected(int mine, @Nullable Connection open, @Nullable Throwable error) {
    if (mine != attempt || state.isFinal()) {
      if (open != null) {
        guard.after(open::closeIfUnused);
      }
      return;
    }
    if (open == null) {
      Throwable cause = error instanceof CompletionException ? error.getCause() : error;
      if (cause instanceof RefusedException refused && id == null) {
        openFailed(refused);
      } else {
        broken(mine, "cannot connect: " + cause);
      }
      return;
    }
    if (!open.join(this)) {
      broken(mine, open.node() + " is closing its connection");
      return;
    }
    socket = open;
    greet(open, Long.MAX_VALUE);
  }

  /**
   * @param upTo holds that were asked for later are followed already
   */
  private void greet(Connection open, long upTo) {
    handshake.clear();
    handshakeSentNanos = runtime.time().nanoTime();
    String session = id;
    if (session == null) {
      long number = runtime.nextRequest();
      handshake.add(number);
      long seen = runtime.seen().get();
      send(open, number, new ClientFrame.OpenSession(number, lease.ttl().toMillis(), seen));
      return;
    }
    open.bind(session, this);
    List<HandleRef> refs = holds.refs(upTo);
    for (int from = 0; from == 0 || from < refs.size(); from += FrameLimits.MAX_HANDLES) {
      int to = Math.min(refs.size(), from + FrameLimits.MAX_HANDLES);
      long number = runtime.nextRequest();
      handshake.add(number);
      List<HandleRef> page = new ArrayList<>(refs.subList(from, to));
      ClientFrame resume =
          new ClientFrame.ResumeSession(number, session, runtime.seen().get(), page);
      send(open, number, resume);
    }
  }

  private void becomeReady() {
    ready = true;
    backoff.succeeded();
    Time.cancel(attemptTimer);
    guard.after(() -> opened.complete(null));
    keepAliveRequest = 0;
    if (closing) {
      sendClose();
      return;
    }
    become(SessionState.CONNECTED);
    resend(Long.MAX_VALUE);
    scheduleKeepAlive(handshakeSentNanos);
  }

  /** The node knows nothing yet of the requests up to this one, nor of what is watched. */
  private void resend(long upTo) {
    holds.resend(upTo);
    calls.resend(upTo);
    watches.reopen(upTo);
    requests.resend(upTo);
    observers.connected();
  }

  /** The connection, or the attempt at one, is of no more use. */
  private void broken(int mine, String why) {
    if (mine != attempt || state.isFinal()) {
      return;
    }
    attempt++; // What the old one still says is ignored.
    lastFailure = why;
    ready = false;
    keepAliveRequest = 0;
    Time.cancel(attemptTimer);
    Time.cancel(keepAliveTimer);
    Connection old = socket;
    Connection other = relocation.fallBack();
    socket = other;
    if (old != null) {
      guard.after(() -> old.leave(this, true));
    }
    if (other != null) {
      limitHandshake();
      greet(other, Long.MAX_VALUE);
      return;
    }
    if (state == SessionState.CONNECTED) {
      become(SessionState.SUSPENDED);
    }
    int next = attempt;
    guard.later(
        backoff.rest(lease.ttl()),
        () -> {
          if (next == attempt) {
            connect();
          }
        });
  }

  // ---- Staying alive ----

  private void scheduleKeepAlive(long sentNanos) {
    Duration due = lease.renewEvery().minusNanos(runtime.time().nanoTime() - sentNanos);
    int mine = attempt;
    Time.cancel(keepAliveTimer);
    keepAliveTimer = guard.later(due.isNegative() ? Duration.ZERO : due, () -> keepAlive(mine));
  }

  private void keepAlive(int mine) {
    Connection live = socket;
    String session = id;
    if (mine != attempt || !ready || live == null || session == null) {
      return;
    }
    long number = runtime.nextRequest();
    keepAliveRequest = number;
    keepAliveSentNanos = runtime.time().nanoTime();
    send(live, number, new ClientFrame.KeepAlive(number, session));
    keepAliveTimer =
        guard.later(
            lease.answerWithin(),
            () -> {
              if (keepAliveRequest == number) {
                broken(mine, live.node() + " does not answer a keep-alive");
              }
            });
  }

  private void renewed(long sentNanos) {
    lease = lease.renewed(sentNanos);
  }

  /** One timer that follows the deadline as it moves. */
  private void watchDeadline() {
    guard.later(
        lease.remaining(runtime.time().nanoTime()),
        () -> {
          loseIfOver();
          if (!state.isFinal()) {
            watchDeadline();
          }
        });
  }

  private void loseIfOver() {
    if (id != null && !state.isFinal() && lease.isOver(runtime.time().nanoTime())) {
      end(SessionState.LOST, "no renewal was acknowledged before the deadline: " + lastFailure);
    }
  }

  // ---- What nodes say ----

  /** The frames of one message. */
  void received(Connection from, List<ServerFrame> frames) {
    guard.run(() -> {
      loseIfOver();
      for (ServerFrame frame : frames) {
        if (!state.isFinal() && (from.equals(socket) || relocation.hears(from))) {
          apply(from, frame);
        }
      }
      relocation.answered();
    });
  }

  private void apply(Connection from, ServerFrame frame) {
    if (relocation.apply(from, frame)) {
      return;
    }
    if (!from.equals(socket) && Addressee.watchOf(frame) != 0) {
      return; // Told again on the live one.
    }
    long answers = Calls.requestOf(frame);
    if (answers != 0) {
      runtime.saw(Calls.revisionOf(frame));
      calls.answered(answers, frame);
    } else if (watches.apply(frame)) {
      return;
    } else if (frame instanceof ServerFrame.SessionOpened answer) {
      runtime.saw(answer.revision());
      if (id == null && handshake.remove(answer.request())) {
        lease = new Lease(handshakeSentNanos, Duration.ofMillis(answer.ttlMillis()));
        id = answer.session();
        from.bind(answer.session(), this);
        watchDeadline();
        becomeReady();
      }
    } else if (frame instanceof ServerFrame.SessionResumed answer) {
      runtime.saw(answer.revision());
      if (answer.session().equals(id) && handshake.remove(answer.request())) {
        renewed(handshakeSentNanos);
        holds.resumed(answer);
        if (handshake.isEmpty() && ready) {
          Time.cancel(attemptTimer);
          resend(relocation.settled());
          if (closing) {
            sendClose(); // The first one may have gone down with the connection that was left.
          }
        } else if (handshake.isEmpty()) {
          becomeReady();
        }
      }
    } else if (frame instanceof ServerFrame.KeptAlive answer) {
      runtime.saw(answer.revision());
      if (answer.request() == keepAliveRequest) {
        keepAliveRequest = 0;
        renewed(keepAliveSentNanos);
        scheduleKeepAlive(keepAliveSentNanos);
      }
    } else if (frame instanceof ServerFrame.SessionEnded ended) {
      runtime.saw(ended.revision());
      if (ended.session().equals(id)) {
        closedAtNode.complete(null);
        end(closing ? SessionState.CLOSED : SessionState.LOST, ended.reason());
      }
    } else if (frame instanceof ServerFrame.SessionClosed answer) {
      runtime.saw(answer.revision());
      if (answer.session().equals(id)) {
        closedAtNode.complete(null);
        end(closing ? SessionState.CLOSED : SessionState.LOST, "closed at the node");
      }
    } else if (frame instanceof ServerFrame.Failed failed) {
      failed(from, failed);
    } else if (frame instanceof ServerFrame.Leader leader) {
      runtime.saw(leader.revision());
      observers.told(leader);
    } else if (frame instanceof ServerFrame.Observed observed) {
      runtime.saw(observed.revision());
      observers.toldAll(observed);
      requests.answered(observed.request(), observed);
    } else if (frame instanceof ServerFrame.Unobserved answer) {
      requests.answered(answer.request(), answer);
    } else if (frame instanceof ServerFrame.Proclaimed answer) {
      runtime.saw(answer.revision());
      requests.answered(answer.request(), answer);
    } else {
      holds.apply(frame);
    }
  }

  private void failed(Connection from, ServerFrame.Failed failed) {
    long request = failed.request();
    String why = from.node() + " answered " + failed.code() + ": " + failed.detail();
    if (handshake.contains(request)) {
      boolean refused = failed.status() < 500 && !failed.retry();
      if (id == null && refused) {
        openFailed(Failures.of(failed));
      } else {
        broken(attempt, why);
      }
    } else if (request == keepAliveRequest || request == closeRequest) {
      broken(attempt, why);
    } else if (requests.owns(request)) {
      requests.failed(failed);
    } else if (!calls.failed(failed)) {
      holds.failed(failed);
    }
  }

  /**
   * @param shared other sessions have lost the connection with this one
   */
  void disconnected(Connection from, String why, int statusCode, boolean shared) {
    guard.run(() -> {
      if (relocation.disconnected(from)) {
        return;
      }
      if (from.equals(socket) && !state.isFinal()) {
        if (isProtocolClose(statusCode)) {
          if (shared) {
            alone = true; // Whose frame it was shows when each speaks for itself.
          } else {
            holds.refuseUnanswered(why);
            calls.refuseUnanswered(why);
          }
        }
        broken(attempt, why);
      }
    });
  }

  /** The node closed because of what it was sent: sending that again would only repeat it. */
  private static boolean isProtocolClose(int statusCode) {
    return statusCode == 1002 || statusCode == 1003 || statusCode == 1007 || statusCode == 1009;
  }

  // ---- The end ----

  private String openFailure() {
    return "no session after " + runtime.config().requestTimeout() + ": " + lastFailure;
  }

  private void openFailed(HoldfastException why) {
    if (id == null && !state.isFinal()) {
      opened.completeExceptionally(why);
      end(SessionState.CLOSED, String.valueOf(why.getMessage()));
    }
  }

  private void sendClose() {
    Connection live = socket;
    if (live != null) {
      closeRequest = runtime.nextRequest();
      send(live, closeRequest, new ClientFrame.CloseSession(closeRequest, id()));
    }
  }

  private void end(SessionState last, String reason) {
    if (state.isFinal()) {
      return;
    }
    attempt++;
    ready = false;
    Time.cancel(attemptTimer);
    Time.cancel(keepAliveTimer);
    relocation.stop();
    Connection old = socket;
    socket = null;
    if (old != null) {
      guard.after(() -> old.leave(this, false));
    }
    become(last);
    holds.sessionEnded(last, reason);
    calls.sessionEnded(reason);
    watches.sessionEnded(reason);
    requests.sessionEnded(reason);
    observers.sessionEnded();
    if (id == null) {
      opened.completeExceptionally(new UnavailableException("not opened: " + reason));
    }
    guard.after(onEnd);
  }

  // ---- For Relocation, under the guard ----

  /**
   * New requests go there, and keep-alives; the session lives for a TTL from {@code sentNanos}.
   *
   * @return the live connection until now
   */
  @Nullable Connection goOnOver(Connection next, long sentNanos) {
    Connection before = socket;
    socket = next;
    keepAliveRequest = 0;
    renewed(sentNanos);
    scheduleKeepAlive(sentNanos);
    watches.pause();
    return before;
  }

  /** The oldest request that waits for its answer; the greatest number when none does. */
  long oldestUnanswered() {
    return Math.min(
        holds.oldestUnanswered(), Math.min(calls.oldestUnanswered(), requests.oldestUnanswered()));
  }

  /** The node is told which holds it shall follow, and answers how they stand. */
  void nameHandles(long upTo) {
    Connection live = socket;
    if (live != null) {
      limitHandshake();
      greet(live, upTo);
    }
  }

  // ---- For Holds, under the guard ----

  /**
   * Sends on the live connection. False when there is none: the request waits for {@link
   * Holds#resend}.
   */
  boolean send(long request, byte[] bytes) {
    Connection live = socket;
    if (ready && live != null) {
      live.enqueue(request, bytes, this);
      guard.after(live::flush);
      if (!alone && !closing) {
        relocation.commandSent(live);
      }
      return true;
    }
    return false;
  }

  boolean isReady() {
    return ready && socket != null;
  }

  /** Sends what has no answer on the live connection, if there is one. */
  void tell(byte[] frame) {
    Connection live = socket;
    if (ready && live != null) {
      live.enqueue(frame);
      guard.after(live::flush);
    }
  }

  /** What is pushed about this watch on the live connection is for this session. */
  void follow(long watch) {
    Connection live = socket;
    if (live != null) {
      live.follow(watch, this);
    }
  }

  void unfollow(long watch) {
    Connection live = socket;
    if (live != null) {
      live.unfollow(watch);
    }
  }

  void send(Connection live, long request, ClientFrame frame) {
    live.enqueue(request, runtime.encode(frame), this);
    guard.after(live::flush);
  }

  private void become(SessionState next) {
    if (state != next) {
      state = next;
      listeners.tell(next);
      holds.sessionIs(next);
    }
  }
}
