// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.HolderNames;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The holds of a session that have not ended, by their holder ids, and the requests that were sent
 * for holds. Gives each frame of a node to the {@link HoldLife} that it is about. All methods run
 * under the session's guard.
 */
final class Holds {
  /** Holds and waits of one session together. */
  static final int MAX_HOLDS = 50_000;

  // Of each HoldLife, too.
  final HoldSession link;
  final ClientRuntime runtime;
  final Guard guard;
  final Outbox<HoldRequest> outbox;

  private final Map<String, HoldLife> byHolder = new HashMap<>();

  Holds(HoldSession link, ClientRuntime runtime, Guard guard, Outbox.Line line) {
    this.link = link;
    this.runtime = runtime;
    this.guard = guard;
    this.outbox = new Outbox<>(line, guard, runtime.random());
  }

  Hold acquire(Ask ask) {
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
    HoldLife life = new HoldLife(this, ask, holder);
    life.begin(ask.patience());
    byHolder.put(holder, life);
    return life.hold;
  }

  /** It has ended; what was sent for it may still be unanswered. */
  void forget(HoldLife life) {
    byHolder.remove(life.hold.holder);
  }

  // ---- What nodes say ----

  void apply(ServerFrame frame) {
    if (frame instanceof ServerFrame.Queued queued) {
      outbox.remove(queued.request());
      HoldLife life = told(queued.holder(), queued.lock(), queued.revision());
      if (life != null) {
        life.queued(queued.position());
      }
    } else if (frame instanceof ServerFrame.Granted granted) {
      outbox.remove(granted.request());
      HoldLife life = told(granted.holder(), granted.lock(), granted.revision());
      if (life != null) {
        life.granted(granted.token());
      }
    } else if (frame instanceof ServerFrame.Released released) {
      ended(released.request());
    } else if (frame instanceof ServerFrame.Cancelled cancelled) {
      ended(cancelled.request());
      HoldLife life = told(cancelled.holder(), cancelled.lock(), cancelled.revision());
      if (life != null) {
        life.waitedInVain();
      }
    } else if (frame instanceof ServerFrame.Lost lost) {
      HoldLife life = told(lost.holder(), lost.lock(), lost.revision());
      if (life != null) {
        life.lost(lost.token(), lost.reason());
      }
    }
  }

  /** The hold, unless it has ended or the frame is older than what is known of it. */
  private @Nullable HoldLife told(String holder, String lock, long revision) {
    HoldLife life = byHolder.get(holder);
    return life != null && life.isNews(lock, revision) ? life : null;
  }

  private void ended(long answered) {
    HoldRequest request = outbox.remove(answered);
    if (request != null) {
      request.life.over();
    }
  }

  void failed(ServerFrame.Failed failed) {
    HoldRequest request = outbox.find(failed.request());
    if (request == null) {
      return;
    }
    boolean acquire = request.kind == HoldRequest.Kind.ACQUIRE;
    if (acquire && failed.code().equals(Failures.LOCK_HELD)) {
      outbox.remove(request.number);
      request.life.waitedInVain();
    } else if (acquire && failed.code().equals(Failures.STALE_REQUEST)) {
      outbox.remove(request.number);
      request.life.stale(failed);
    } else if (Failures.isCuredByAskingAgain(failed)) {
      outbox.refusedForNow(request);
    } else {
      outbox.remove(request.number);
      failedForGood(request, failed);
    }
  }

  private static void failedForGood(HoldRequest request, ServerFrame.Failed failed) {
    HoldLife life = request.life;
    boolean notHeld = failed.code().equals(Failures.NOT_HELD);
    switch (request.kind) {
      case ACQUIRE -> life.refused(Failures.of(failed));
      case DOWNGRADE -> {
        if (notHeld) {
          life.lose(failed.detail());
        }
        life.notDowngraded(Failures.of(failed));
      }
      case END -> {
        if (!notHeld) {
          Loudly.warn(life.hold + ", on its release: " + failed.code() + " " + failed.detail());
        }
        life.over();
      }
    }
  }

  /** What the cluster knows of each hold that was named when the session moved. */
  void resumed(ServerFrame.SessionResumed resumed) {
    for (HandleState known : resumed.handles()) {
      HoldLife life = told(known.holder(), known.lock(), resumed.revision());
      if (life != null) {
        life.stands(known);
      }
    }
  }

  /** The node closed the connection because of something that it was sent. */
  void refuseUnanswered(String why) {
    for (HoldRequest request : outbox.all()) {
      if (request.kind == HoldRequest.Kind.ACQUIRE) {
        request.life.connectionRefused(why);
      }
    }
  }

  // ---- The session's life ----

  /**
   * Those whose standing a node is to tell.
   *
   * @param upTo without those that were asked for by a later request
   */
  List<HandleRef> refs(long upTo) {
    List<HandleRef> refs = new ArrayList<>();
    for (HoldLife life : byHolder.values()) {
      HandleRef ref = life.refUpTo(upTo);
      if (ref != null) {
        refs.add(ref);
      }
    }
    return refs;
  }

  long oldestUnanswered() {
    return outbox.oldest();
  }

  void resend(long upTo) {
    outbox.resend(upTo);
  }

  void sessionIs(SessionState now) {
    HoldState from = now == SessionState.CONNECTED ? HoldState.AT_RISK : HoldState.HELD;
    HoldState to = now == SessionState.CONNECTED ? HoldState.HELD : HoldState.AT_RISK;
    if (!now.isFinal()) {
      byHolder.values().stream()
          .filter(life -> life.hold.state == from)
          .forEach(life -> life.become(to));
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
    for (HoldLife life : List.copyOf(byHolder.values())) {
      life.sessionEnded(last, reason);
    }
    outbox.clear(request -> request.life.over());
  }
}
