// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The life of a session:
 *
 * <pre>
 *   SUSPENDED ◄───► CONNECTED   none, or one of the nodes knows it now
 *        └──────┬──────┘
 *               ├──► LOST       the lease is over, or the cluster says so
 *               └──► CLOSED     by the program, or it could not be opened
 * </pre>
 *
 * Owns the id, the state, and whether the program is closing it. What happens to the session, its
 * parts learn from here, in this order: the state, holds, calls, watches, elections. All methods
 * run under the session's guard, but those that say otherwise.
 */
final class SessionLife {
  private final SessionLink link;
  private final Uplink uplink;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Runnable onEnd;

  /** Completes when a node has opened it, exceptionally when none has. */
  final CompletableFuture<Void> opened = new CompletableFuture<>();

  final CompletableFuture<Void> closedAtNode = new CompletableFuture<>();
  final Listeners<SessionState> listeners;

  // Written under the guard, read anywhere.
  private volatile SessionState state = SessionState.SUSPENDED;
  private volatile @Nullable String id;

  private boolean closing;
  private long closeRequest;

  SessionLife(SessionLink link, Uplink uplink, ClientRuntime runtime, Guard guard, Runnable onEnd) {
    this.link = link;
    this.uplink = uplink;
    this.runtime = runtime;
    this.guard = guard;
    this.onEnd = onEnd;
    this.listeners = new Listeners<>(runtime.events());
  }

  /** Called anywhere; null until a node has opened the session. */
  @Nullable String id() {
    return id;
  }

  /** Called anywhere. */
  SessionState state() {
    return state;
  }

  void opened(Connection from, ServerFrame.SessionOpened answer) {
    if (id == null && link.handshake.answered(answer.request())) {
      link.keepAlives.opened(link.handshake.sentNanos(), Duration.ofMillis(answer.ttlMillis()));
      id = answer.session();
      from.bind(answer.session(), link);
      becomeReady();
    }
  }

  void resumed(ServerFrame.SessionResumed answer) {
    if (!answer.session().equals(id) || !link.handshake.answered(answer.request())) {
      return;
    }
    link.keepAlives.renewed(link.handshake.sentNanos());
    link.holds.resumed(answer);
    if (!link.handshake.isOver()) {
      return;
    }
    if (!uplink.isReady()) {
      becomeReady();
      return;
    }
    resend(uplink.settled()); // It has moved while it went on.
    if (closing) {
      sendClose(); // The first one may have gone down with the connection that was left.
    }
  }

  private void becomeReady() {
    uplink.greeted();
    guard.after(() -> opened.complete(null));
    if (closing) {
      sendClose();
      return;
    }
    become(SessionState.CONNECTED);
    resend(Long.MAX_VALUE);
    link.keepAlives.schedule(link.handshake.sentNanos());
  }

  /** The node knows nothing yet of the requests up to this one, nor of what is watched. */
  private void resend(long upTo) {
    link.holds.resend(upTo);
    link.calls.resend(upTo);
    link.watches.reopen(upTo);
    link.elections.resend(upTo);
    link.observers.connected();
  }

  /** The oldest request that waits for its answer; the greatest number when none does. */
  long oldestUnanswered() {
    return Math.min(
        link.holds.oldestUnanswered(),
        Math.min(link.calls.oldestUnanswered(), link.elections.oldestUnanswered()));
  }

  /** No node is connected, and the lease goes on. */
  void suspended() {
    if (state == SessionState.CONNECTED) {
      become(SessionState.SUSPENDED);
    }
  }

  void loseIfOver() {
    if (id != null && !state.isFinal() && link.keepAlives.isOver()) {
      end(
          SessionState.LOST,
          "no renewal was acknowledged before the deadline: " + uplink.lastFailure());
    }
  }

  /** The caller does not wait for any longer. */
  void notOpenedInTime() {
    openFailed(
        new UnavailableException(
            "no session after " + runtime.config().requestTimeout() + ": " + uplink.lastFailure()));
  }

  /** Nothing for a session that was opened. */
  void openFailed(HoldfastException why) {
    if (id == null && !state.isFinal()) {
      opened.completeExceptionally(why);
      end(SessionState.CLOSED, String.valueOf(why.getMessage()));
    }
  }

  /** The program closes it: what it holds is released at once, and its node is told. */
  void close() {
    if (state.isFinal() || closing) {
      return;
    }
    closing = true;
    link.holds.sessionClosing();
    if (uplink.isReady()) {
      sendClose();
    }
  }

  boolean isClosing() {
    return closing;
  }

  /** Nobody waits for its node any more. */
  void closed() {
    end(SessionState.CLOSED, "closed by this program");
  }

  private void sendClose() {
    closeRequest = runtime.nextRequest();
    uplink.send(new ClientFrame.CloseSession(closeRequest, link.id()));
  }

  boolean isClose(long request) {
    return request == closeRequest;
  }

  /** The cluster says that this session is over; nothing when it means another one. */
  void endedAtNode(String session, String reason) {
    if (session.equals(id)) {
      closedAtNode.complete(null);
      end(closing ? SessionState.CLOSED : SessionState.LOST, reason);
    }
  }

  private void end(SessionState last, String reason) {
    if (state.isFinal()) {
      return;
    }
    uplink.stop();
    link.keepAlives.stop();
    become(last);
    link.holds.sessionEnded(last, reason);
    link.calls.sessionEnded(reason);
    link.watches.sessionEnded(reason);
    link.elections.sessionEnded(reason);
    link.observers.sessionEnded();
    if (id == null) {
      opened.completeExceptionally(new UnavailableException("not opened: " + reason));
    }
    guard.after(onEnd);
  }

  private void become(SessionState next) {
    if (state != next) {
      state = next;
      listeners.tell(next);
      link.holds.sessionIs(next);
    }
  }
}
