// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The life of one {@link Hold}, as its session leads it:
 *
 * <pre>
 *              granted              no connection
 *   PENDING ────────────► HELD ◄─────────────────► AT_RISK
 *      │ refused, withdrawn │ released   │ the cluster says so, or the
 *      ▼                    ▼            ▼ session is lost
 *   RELEASED             RELEASED      LOST
 * </pre>
 *
 * Owns what was asked for the hold under which number, and the newest revision at which a node has
 * told of it; what is older is ignored (R19). It alone changes the state that a {@link Hold} shows.
 * All methods run under the session's guard.
 */
final class HoldLife {
  /** How much later than the node the client ends a wait by itself. */
  static final Duration WAIT_SLACK = Duration.ofMillis(250);

  /** The lock was forgotten between our request and its arrival; each time is another deletion. */
  private static final int MAX_STALE_TRIES = 5;

  final Hold hold;
  private final Holds holds;
  private final long waitMillis;
  private final long delayMillis;
  private long revision;
  private long acquireNumber;
  private int acquiresSent;
  private int staleTries;
  private Time.@Nullable Timer waitTimer;

  /** 0 when no downgrade is under way. */
  private long downgradeNumber;

  private @Nullable CompletableFuture<Void> downgraded;
  private long formerToken;

  HoldLife(Holds holds, Ask ask, String holder) {
    this.holds = holds;
    this.waitMillis = ask.waitMillis();
    this.delayMillis = ask.delay().toMillis();
    this.hold = new Hold(holds.link, this, ask.lock(), holder, ask.mode());
  }

  // ---- What callers ask ----

  /**
   * Asks for the lock.
   *
   * @param wait null for ever
   */
  void begin(@Nullable Duration wait) {
    sendAcquire();
    if (wait != null) {
      // A try is answered at once; its limit is that of any request.
      Duration limit =
          wait.isZero() ? holds.runtime.config().requestTimeout() : wait.plus(WAIT_SLACK);
      waitTimer = holds.guard.later(limit, () -> timeUp(wait));
    }
  }

  /** Releases what is held, withdraws what is pending; nothing for what has ended. */
  void release() {
    switch (hold.state) {
      case PENDING ->
          withdraw(new RefusedException("WITHDRAWN", "released before the grant", "nothing"));
      case HELD, AT_RISK -> giveBack();
      case LOST, RELEASED -> {}
    }
  }

  private void giveBack() {
    end(HoldState.RELEASED);
    if (isDowngrading()) {
      // Which token it has now is not known: the cancel ends either, and a late downgrade.
      holds.outbox.remove(downgradeNumber);
      notDowngraded(new RefusedException("WITHDRAWN", "released meanwhile", "nothing"));
      sendCancel();
    } else {
      send(
          HoldRequest.Kind.END,
          new ClientFrame.Release(
              holds.runtime.nextRequest(), holds.link.id(), hold.holder, hold.lock(), hold.token));
    }
  }

  /** From exclusive to shared; the future completes when the cluster has confirmed it. */
  CompletableFuture<Void> downgrade() {
    CompletableFuture<Void> under = downgraded;
    if (under != null && !under.isCompletedExceptionally()) {
      return under;
    }
    if (hold.state != HoldState.HELD && hold.state != HoldState.AT_RISK) {
      return CompletableFuture.failedFuture(
          new LockLostException(hold.lock() + " is " + hold.state));
    }
    if (!hold.mode().equals(LockMode.EXCLUSIVE)) {
      return CompletableFuture.failedFuture(
          new RefusedException(
              "NOT_EXCLUSIVE",
              hold.lock() + " is held " + hold.mode().text(),
              "only an exclusive hold can be downgraded"));
    }
    CompletableFuture<Void> begun = new CompletableFuture<>();
    downgraded = begun;
    downgradeNumber = holds.runtime.nextRequest();
    send(
        HoldRequest.Kind.DOWNGRADE,
        new ClientFrame.Downgrade(
            downgradeNumber, holds.link.id(), hold.holder, hold.lock(), hold.token));
    return begun;
  }

  // ---- Requests ----

  private void sendAcquire() {
    acquireNumber = holds.runtime.nextRequest();
    String session = holds.link.id();
    long seen = holds.runtime.seen().get();
    send(
        HoldRequest.Kind.ACQUIRE,
        delayMillis == 0
            ? new ClientFrame.Acquire(
                acquireNumber, session, hold.holder, hold.lock(), hold.mode(), waitMillis, seen)
            : new ClientFrame.AcquireDelayed(
                acquireNumber,
                session,
                hold.holder,
                hold.lock(),
                hold.mode(),
                waitMillis,
                seen,
                delayMillis));
  }

  /** Ends whatever the cluster has under this holder's name, also what arrives there later. */
  private void sendCancel() {
    send(
        HoldRequest.Kind.END,
        new ClientFrame.Cancel(
            holds.runtime.nextRequest(), holds.link.id(), hold.holder, hold.lock()));
  }

  private void send(HoldRequest.Kind kind, ClientFrame frame) {
    holds.outbox.send(new HoldRequest(kind, frame, holds.runtime.encode(frame), this));
  }

  void acquireSent() {
    acquiresSent++;
  }

  /** The cluster was asked, has not answered, and will tell how it stands when it does. */
  private boolean isAcquireUnanswered() {
    return holds.outbox.owns(acquireNumber);
  }

  // ---- What nodes say ----

  /** False when what they say is older than what is known (R19). */
  boolean isNews(String lock, long told) {
    if (!hold.lock().equals(lock) || told < revision) {
      return false;
    }
    revision = told;
    return true;
  }

  void queued(long position) {
    if (hold.state == HoldState.PENDING) {
      hold.position = position;
    }
  }

  void granted(long token) {
    if (hold.state == HoldState.PENDING) {
      holds.outbox.remove(acquireNumber);
      hold.token = token;
      hold.position = 0;
      Time.cancel(waitTimer);
      become(HoldState.HELD);
      holds.guard.after(() -> hold.granted.complete(hold));
    } else if (isDowngrading() && token > hold.token) {
      holds.outbox.remove(downgradeNumber);
      downgradeNumber = 0;
      formerToken = hold.token;
      hold.token = token;
      hold.mode = LockMode.SHARED;
      CompletableFuture<Void> under = downgraded;
      if (under != null) {
        holds.guard.after(() -> under.complete(null));
      }
    } else if (hold.token != token && formerToken != token) {
      // Ours is gone, and a grant that nobody here knows must not stay behind.
      lose("another grant was made under its name");
      sendCancel();
    }
  }

  /** Its wait is over, at the node too. */
  void waitedInVain() {
    refused(timedOut(true));
  }

  void lost(long token, String reason) {
    if (hold.token == 0 || hold.token == token || formerToken == token) {
      lose(reason);
    }
  }

  /** What the cluster knows of it after the session has moved. */
  void stands(HandleState known) {
    switch (known.standing()) {
      case HELD -> granted(known.token());
      case QUEUED -> {
        hold.position = known.position();
        if (hold.state != HoldState.PENDING) {
          lose("it waits again: the grant is gone");
        }
      }
      case ABSENT -> {
        if (hold.state != HoldState.PENDING) {
          lose("the cluster does not know of it any more");
        } else if (!isAcquireUnanswered()) {
          sendAcquire();
        }
      }
    }
  }

  /**
   * For a new connection. Not when its acquire is unanswered: that is sent again, and tells.
   *
   * @param upTo not either when it was asked for by a later request
   */
  @Nullable HandleRef refUpTo(long upTo) {
    return acquireNumber <= upTo && !isAcquireUnanswered()
        ? new HandleRef(hold.lock(), hold.holder, hold.mode())
        : null;
  }

  // ---- Before the grant ----

  private void timeUp(Duration wait) {
    if (hold.state != HoldState.PENDING) {
      return;
    }
    if (wait.isZero()) {
      withdraw(new UnavailableException("no answer for " + hold.lock() + "; being withdrawn"));
      return;
    }
    withdraw(null);
    CompletableFuture<Void> unused =
        hold.over.thenRun(() -> hold.granted.completeExceptionally(timedOut(true)));
    // The caller said how long it would wait: it learns the end with or without an answer.
    holds.guard.later(
        WAIT_SLACK,
        () -> holds.guard.after(() -> hold.granted.completeExceptionally(timedOut(false))));
  }

  private WaitTimeoutException timedOut(boolean withdrawn) {
    String place = hold.position > 0 ? ", at position " + hold.position : "";
    return new WaitTimeoutException(hold.lock() + " was not granted in time" + place, withdrawn);
  }

  /** The node closed the connection because of something that it was sent, perhaps of this. */
  void connectionRefused(String why) {
    if (hold.state == HoldState.PENDING) {
      withdraw(new RefusedException("CONNECTION_REFUSED", why, "check its size"));
    }
  }

  /**
   * From here on a grant is ignored: the cancel undoes it.
   *
   * @param why what the caller is told now; null for later
   */
  private void withdraw(@Nullable HoldfastException why) {
    holds.outbox.remove(acquireNumber);
    end(HoldState.RELEASED);
    sendCancel();
    if (why != null) {
      neverGranted(why);
    }
  }

  /** The answer to an acquire; another one may still be under way. */
  void refused(HoldfastException why) {
    if (hold.state != HoldState.PENDING) {
      return;
    }
    if (acquiresSent > 1) {
      // One of the others may still be under way, and be granted when the lock is free.
      withdraw(why);
    } else {
      end(HoldState.RELEASED);
      neverGranted(why);
      over();
    }
  }

  /** The lock was forgotten while the acquire was on its way. */
  void stale(ServerFrame.Failed failed) {
    if (hold.state != HoldState.PENDING) {
      return;
    }
    if (++staleTries > MAX_STALE_TRIES) {
      refused(Failures.of(failed));
    } else {
      sendAcquire();
    }
  }

  // ---- The end ----

  void lose(String reason) {
    hold.lostBecause = reason;
    end(HoldState.LOST);
    LockLostException lost = new LockLostException(hold.lock() + ": " + reason);
    notDowngraded(lost);
    neverGranted(lost);
    over();
  }

  /**
   * @param last for what is held; what is pending is RELEASED
   */
  void sessionEnded(HoldState last, String reason) {
    HoldState end = hold.state == HoldState.PENDING ? HoldState.RELEASED : last;
    if (end == HoldState.LOST) {
      hold.lostBecause = reason;
    }
    end(end);
    SessionLostException lost = new SessionLostException(reason);
    notDowngraded(lost);
    neverGranted(lost);
    over();
  }

  private void end(HoldState last) {
    become(last);
    Time.cancel(waitTimer);
    holds.forget(this);
  }

  void become(HoldState next) {
    if (hold.state != next && !hold.state.isFinal()) {
      hold.state = next;
      hold.listeners.tell(next);
    }
  }

  /** Nothing for what was granted before. */
  private void neverGranted(HoldfastException why) {
    holds.guard.after(() -> hold.granted.completeExceptionally(why));
  }

  /** The cluster has no part of it any more, or will not have when the session has ended there. */
  void over() {
    holds.guard.after(() -> hold.over.complete(null));
  }

  private boolean isDowngrading() {
    return downgraded != null && !downgraded.isDone() && downgradeNumber != 0;
  }

  void notDowngraded(HoldfastException why) {
    CompletableFuture<Void> under = downgraded;
    downgradeNumber = 0;
    if (under != null) {
      holds.guard.after(() -> under.completeExceptionally(why));
    }
  }
}
