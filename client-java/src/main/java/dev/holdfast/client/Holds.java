package dev.holdfast.client;

import dev.holdfast.protocol.HolderNames;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The holds of a session and its unanswered requests. All methods run under the session's guard.
 *
 * <p>A request stays until its answer is known, over any number of connections, in the order of its
 * number. That makes release and cancel certain without anybody waiting for them. Whatever a node
 * says about a hold carries a revision; what is older than what is known of that hold is ignored.
 */
final class Holds {
  /** Holds and waits of one session together. */
  static final int MAX_HOLDS = 50_000;

  /** How much later than the node the client ends a wait by itself. */
  static final Duration WAIT_SLACK = Duration.ofMillis(250);

  private static final Duration MAX_NODE_WAIT = Duration.ofMinutes(10);
  private static final Duration MIN_RESEND = Duration.ofMillis(50);
  private static final Duration MAX_RESEND = Duration.ofSeconds(1);

  /** The lock was forgotten between our request and its arrival; each time is another deletion. */
  private static final int MAX_STALE_TRIES = 5;

  private final SessionLink link;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Map<String, Hold> byHolder = new HashMap<>();
  private final TreeMap<Long, Request> unanswered = new TreeMap<>();

  Holds(SessionLink link, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.runtime = runtime;
    this.guard = guard;
  }

  // ---- What callers ask ----

  Hold acquire(Ask ask) {
    Duration wait = ask.patience();
    if (link.state().isFinal()) {
      throw new SessionLostException("the session is " + link.state());
    }
    if (byHolder.size() >= MAX_HOLDS) {
      throw new RefusedException(
          "TOO_MANY_HOLDS",
          "a session has at most " + MAX_HOLDS + " holds and waits",
          "release some, or open another session");
    }
    String fresh = runtime.freshId("h-");
    String candidate = ask.candidate();
    String holder = candidate == null ? fresh : HolderNames.holder(candidate, fresh);
    Hold hold = new Hold(link, ask.lock(), holder, ask.mode(), new Listeners<>(runtime.events()));
    hold.delayMillis = ask.delay().toMillis();
    hold.waitMillis = nodeWait(wait);
    sendAcquire(hold);
    byHolder.put(holder, hold);
    if (wait != null) {
      // A try is answered at once; its limit is that of any request.
      Duration limit = wait.isZero() ? runtime.config().requestTimeout() : wait.plus(WAIT_SLACK);
      hold.waitTimer = guard.later(limit, () -> timeUp(hold, wait));
    }
    return hold;
  }

  private static long nodeWait(@Nullable Duration wait) {
    if (wait == null || wait.compareTo(MAX_NODE_WAIT) > 0) {
      return FrameLimits.WAIT_FOREVER;
    }
    if (wait.isNegative()) {
      throw new IllegalArgumentException("a wait is not negative: " + wait);
    }
    return wait.toMillis();
  }

  private void sendAcquire(Hold hold) {
    hold.acquireNumber = runtime.nextRequest();
    long seen = runtime.seen().get();
    send(
        hold,
        hold.delayMillis == 0
            ? new ClientFrame.Acquire(
                hold.acquireNumber,
                link.id(),
                hold.holder,
                hold.lock(),
                hold.mode(),
                hold.waitMillis,
                seen)
            : new ClientFrame.AcquireDelayed(
                hold.acquireNumber,
                link.id(),
                hold.holder,
                hold.lock(),
                hold.mode(),
                hold.waitMillis,
                seen,
                hold.delayMillis));
  }

  /** Releases what is held, withdraws what is pending; nothing for what has ended. */
  void release(Hold hold) {
    switch (hold.state) {
      case PENDING ->
          withdraw(hold, new RefusedException("WITHDRAWN", "released before the grant", "nothing"));
      case HELD, AT_RISK -> {
        become(hold, HoldState.RELEASED);
        forget(hold);
        long number = runtime.nextRequest();
        if (isDowngrading(hold)) {
          // Which token it has now is not known: the cancel ends either, and a late downgrade.
          unanswered.remove(hold.downgradeNumber);
          notDowngraded(hold, new RefusedException("WITHDRAWN", "released meanwhile", "nothing"));
          send(hold, new ClientFrame.Cancel(number, link.id(), hold.holder, hold.lock()));
          return;
        }
        send(
            hold, new ClientFrame.Release(number, link.id(), hold.holder, hold.lock(), hold.token));
      }
      case LOST, RELEASED -> {}
    }
  }

  /** From exclusive to shared; the future completes when the cluster has confirmed it. */
  CompletableFuture<Void> downgrade(Hold hold) {
    CompletableFuture<Void> under = hold.downgraded;
    if (under != null && !under.isCompletedExceptionally()) {
      return under;
    }
    CompletableFuture<Void> begun = new CompletableFuture<>();
    if (hold.state != HoldState.HELD && hold.state != HoldState.AT_RISK) {
      begun.completeExceptionally(new LockLostException(hold.lock() + " is " + hold.state));
      return begun;
    }
    if (!hold.mode().equals(LockMode.EXCLUSIVE)) {
      begun.completeExceptionally(
          new RefusedException(
              "NOT_EXCLUSIVE",
              hold.lock() + " is held " + hold.mode().text(),
              "only an exclusive hold can be downgraded"));
      return begun;
    }
    hold.downgraded = begun;
    hold.downgradeNumber = runtime.nextRequest();
    send(
        hold,
        new ClientFrame.Downgrade(
            hold.downgradeNumber, link.id(), hold.holder, hold.lock(), hold.token));
    return begun;
  }

  private static boolean isDowngrading(Hold hold) {
    return hold.downgraded != null && !hold.downgraded.isDone() && hold.downgradeNumber != 0;
  }

  private void notDowngraded(Hold hold, HoldfastException why) {
    CompletableFuture<Void> under = hold.downgraded;
    hold.downgradeNumber = 0;
    if (under != null) {
      guard.after(() -> under.completeExceptionally(why));
    }
  }

  private void timeUp(Hold hold, Duration wait) {
    if (hold.state != HoldState.PENDING) {
      return;
    }
    String lock = hold.lock();
    if (wait.isZero()) {
      withdraw(hold, new UnavailableException("no answer for " + lock + "; being withdrawn"));
      return;
    }
    withdraw(hold, null);
    CompletableFuture<Void> unused =
        hold.withdrawn.thenRun(() -> hold.granted.completeExceptionally(timedOut(hold, true)));
    // The caller said how long it would wait: it learns the end with or without an answer.
    guard.later(
        WAIT_SLACK,
        () -> guard.after(() -> hold.granted.completeExceptionally(timedOut(hold, false))));
  }

  private static WaitTimeoutException timedOut(Hold hold, boolean withdrawn) {
    String place = hold.position > 0 ? ", at position " + hold.position : "";
    return new WaitTimeoutException(hold.lock() + " was not granted in time" + place, withdrawn);
  }

  /** From here on a grant is ignored: the cancel undoes it. */
  private void withdraw(Hold hold, @Nullable HoldfastException why) {
    unanswered.remove(hold.acquireNumber);
    become(hold, HoldState.RELEASED);
    forget(hold);
    long number = runtime.nextRequest();
    send(hold, new ClientFrame.Cancel(number, link.id(), hold.holder, hold.lock()));
    if (why != null) {
      guard.after(() -> hold.granted.completeExceptionally(why));
    }
  }

  private void send(Hold hold, ClientFrame frame) {
    byte[] bytes;
    try {
      bytes = runtime.encode(frame);
    } catch (FrameException e) {
      throw Failures.of(e);
    }
    Request request = new Request(frame, bytes, hold);
    unanswered.put(request.number(), request);
    deliver(request);
  }

  // ---- What nodes say ----

  void apply(ServerFrame frame) {
    if (frame instanceof ServerFrame.Queued queued) {
      runtime.saw(queued.revision());
      answered(queued.request());
      Hold hold = current(queued.holder(), queued.lock(), queued.revision());
      if (hold != null && hold.state == HoldState.PENDING) {
        hold.position = queued.position();
      }
    } else if (frame instanceof ServerFrame.Granted granted) {
      runtime.saw(granted.revision());
      answered(granted.request());
      Hold hold = current(granted.holder(), granted.lock(), granted.revision());
      if (hold != null) {
        grant(hold, granted.token());
      }
    } else if (frame instanceof ServerFrame.Released released) {
      runtime.saw(released.revision());
      done(answered(released.request()));
    } else if (frame instanceof ServerFrame.Cancelled cancelled) {
      runtime.saw(cancelled.revision());
      done(answered(cancelled.request()));
      Hold hold = current(cancelled.holder(), cancelled.lock(), cancelled.revision());
      if (hold != null && hold.state == HoldState.PENDING) {
        refused(hold, timedOut(hold, true));
      }
    } else if (frame instanceof ServerFrame.Lost lost) {
      runtime.saw(lost.revision());
      Hold hold = current(lost.holder(), lost.lock(), lost.revision());
      if (hold != null
          && (hold.token == 0 || hold.token == lost.token() || hold.formerToken == lost.token())) {
        lose(hold, lost.reason());
      }
    }
  }

  void failed(ServerFrame.Failed failed) {
    Request request = unanswered.get(failed.request());
    if (request == null) {
      return;
    }
    boolean acquire = isAcquire(request.frame);
    if (acquire && failed.code().equals(Failures.LOCK_HELD)) {
      answered(request.number());
      refused(request.hold, timedOut(request.hold, true));
    } else if (acquire && failed.code().equals(Failures.STALE_REQUEST)) {
      answered(request.number());
      sendAnew(request.hold, failed);
    } else if (failed.retry() || failed.code().equals(Failures.OUTCOME_UNKNOWN)) {
      // Every request here has its effect once, so an unknown outcome is cured by asking again.
      resendLater(request);
    } else if (acquire) {
      answered(request.number());
      refused(request.hold, Failures.of(failed));
    } else if (request.frame instanceof ClientFrame.Downgrade) {
      answered(request.number());
      if (failed.code().equals(Failures.NOT_HELD)) {
        lose(request.hold, failed.detail());
      }
      notDowngraded(request.hold, Failures.of(failed));
    } else {
      answered(request.number());
      if (!failed.code().equals(Failures.NOT_HELD)) {
        Loudly.warn(request.hold + ", on its release: " + failed.code() + " " + failed.detail());
      }
      done(request);
    }
  }

  /** What the cluster knows of each hold that was named when the session moved. */
  void resumed(ServerFrame.SessionResumed resumed) {
    for (HandleState known : resumed.handles()) {
      Hold hold = current(known.holder(), known.lock(), resumed.revision());
      if (hold == null) {
        continue;
      }
      switch (known.standing()) {
        case HELD -> grant(hold, known.token());
        case QUEUED -> {
          hold.position = known.position();
          if (hold.state != HoldState.PENDING) {
            lose(hold, "it waits again: the grant is gone");
          }
        }
        case ABSENT -> {
          if (hold.state != HoldState.PENDING) {
            lose(hold, "the cluster does not know of it any more");
          } else if (!unanswered.containsKey(hold.acquireNumber)) {
            sendAcquire(hold);
          }
        }
      }
    }
  }

  private void grant(Hold hold, long token) {
    if (hold.state == HoldState.PENDING) {
      unanswered.remove(hold.acquireNumber);
      hold.token = token;
      hold.position = 0;
      Time.cancel(hold.waitTimer);
      become(hold, HoldState.HELD);
      guard.after(() -> hold.granted.complete(hold));
    } else if (isDowngrading(hold) && token > hold.token) {
      unanswered.remove(hold.downgradeNumber);
      hold.downgradeNumber = 0;
      hold.formerToken = hold.token;
      hold.token = token;
      hold.mode = LockMode.SHARED;
      CompletableFuture<Void> under = hold.downgraded;
      if (under != null) {
        guard.after(() -> under.complete(null));
      }
    } else if (hold.token != token && hold.formerToken != token) {
      // Ours is gone, and a grant that nobody here knows must not stay behind.
      lose(hold, "another grant was made under its name");
      send(
          hold, new ClientFrame.Cancel(runtime.nextRequest(), link.id(), hold.holder, hold.lock()));
    }
  }

  private void lose(Hold hold, String reason) {
    hold.lostBecause = reason;
    become(hold, HoldState.LOST);
    forget(hold);
    notDowngraded(hold, new LockLostException(hold.lock() + ": " + reason));
    guard.after(() ->
        hold.granted.completeExceptionally(new LockLostException(hold.lock() + ": " + reason)));
    done(hold);
  }

  private void deliver(Request request) {
    if (link.send(request.number(), request.bytes)) {
      request.sent();
    }
  }

  private void refused(Hold hold, HoldfastException why) {
    if (hold.state != HoldState.PENDING) {
      return;
    }
    if (hold.acquiresSent > 1) {
      // One of the others may still be under way, and be granted when the lock is free.
      withdraw(hold, why);
    } else {
      become(hold, HoldState.RELEASED);
      forget(hold);
      guard.after(() -> hold.granted.completeExceptionally(why));
      done(hold);
    }
  }

  private void sendAnew(Hold hold, ServerFrame.Failed failed) {
    if (hold.state != HoldState.PENDING) {
      return;
    }
    if (++hold.staleTries > MAX_STALE_TRIES) {
      refused(hold, Failures.of(failed));
    } else {
      sendAcquire(hold);
    }
  }

  /** The node closed the connection because of something that it was sent. */
  void refuseUnanswered(String why) {
    List<Request> acquires =
        unanswered.values().stream().filter(request -> isAcquire(request.frame)).toList();
    for (Request request : acquires) {
      if (request.hold.state == HoldState.PENDING) {
        withdraw(request.hold, new RefusedException("CONNECTION_REFUSED", why, "check its size"));
      }
    }
  }

  // ---- The session's life ----

  /**
   * Without those whose acquire is not answered: that is sent again and tells how they stand.
   *
   * @param upTo without those, too, that were asked for by a later request
   */
  List<HandleRef> refs(long upTo) {
    List<HandleRef> refs = new ArrayList<>();
    for (Hold hold : byHolder.values()) {
      if (hold.acquireNumber <= upTo && !unanswered.containsKey(hold.acquireNumber)) {
        refs.add(new HandleRef(hold.lock(), hold.holder, hold.mode()));
      }
    }
    return refs;
  }

  long oldestUnanswered() {
    return unanswered.isEmpty() ? Long.MAX_VALUE : unanswered.firstKey();
  }

  /** On a new connection: nobody knows what the last one carried over. */
  void resend(long upTo) {
    for (Request request : List.copyOf(unanswered.headMap(upTo, true).values())) {
      Time.cancel(request.resend);
      deliver(request);
    }
  }

  void sessionIs(SessionState now) {
    HoldState from = now == SessionState.CONNECTED ? HoldState.AT_RISK : HoldState.HELD;
    HoldState to = now == SessionState.CONNECTED ? HoldState.HELD : HoldState.AT_RISK;
    if (!now.isFinal()) {
      byHolder.values().stream().filter(h -> h.state == from).forEach(h -> become(h, to));
    }
  }

  /** The program closes the session: everything is released by one request. */
  void sessionClosing() {
    endAll(HoldState.RELEASED, "the session was closed");
  }

  void sessionEnded(SessionState last, String reason) {
    endAll(last == SessionState.CLOSED ? HoldState.RELEASED : HoldState.LOST, reason);
  }

  private void endAll(HoldState last, String reason) {
    for (Hold hold : List.copyOf(byHolder.values())) {
      HoldState end = hold.state == HoldState.PENDING ? HoldState.RELEASED : last;
      if (end == HoldState.LOST) {
        hold.lostBecause = reason;
      }
      become(hold, end);
      forget(hold);
      notDowngraded(hold, new SessionLostException(reason));
      guard.after(() -> hold.granted.completeExceptionally(new SessionLostException(reason)));
      done(hold);
    }
    unanswered
        .values()
        .forEach(request -> {
          Time.cancel(request.resend);
          done(request);
        });
    unanswered.clear();
  }

  // ---- Small things ----

  private static boolean isAcquire(ClientFrame frame) {
    return frame instanceof ClientFrame.Acquire || frame instanceof ClientFrame.AcquireDelayed;
  }

  /** The hold, unless the frame is older than what is known of it (R19). */
  private @Nullable Hold current(String holder, String lock, long revision) {
    Hold hold = byHolder.get(holder);
    if (hold == null || !hold.lock().equals(lock) || revision < hold.revision) {
      return null;
    }
    hold.revision = revision;
    return hold;
  }

  private @Nullable Request answered(long number) {
    Request request = number == 0 ? null : unanswered.remove(number);
    if (request != null) {
      Time.cancel(request.resend);
    }
    return request;
  }

  private void resendLater(Request request) {
    long full =
        Math.min(MAX_RESEND.toNanos(), MIN_RESEND.toNanos() << Math.min(request.tries++, 5));
    long delay = full / 2 + (long) (runtime.random().nextDouble() * full / 2);
    Time.cancel(request.resend);
    request.resend =
        guard.later(
            Duration.ofNanos(delay),
            () -> {
              if (unanswered.get(request.number()) == request) {
                deliver(request);
              }
            });
  }

  private void done(@Nullable Request request) {
    if (request != null) {
      done(request.hold);
    }
  }

  private void done(Hold hold) {
    guard.after(() -> {
      hold.withdrawn.complete(null);
      hold.released.complete(null);
    });
  }

  private void forget(Hold hold) {
    Time.cancel(hold.waitTimer);
    byHolder.remove(hold.holder);
  }

  private static void become(Hold hold, HoldState next) {
    if (hold.state != next && !hold.state.isFinal()) {
      hold.state = next;
      hold.listeners.tell(next);
    }
  }
}
