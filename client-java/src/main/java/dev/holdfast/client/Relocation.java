// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes a busy session to the leader's node while it works (ADR 0008). All methods run under the
 * session's guard.
 *
 * <pre>
 *   settled ──busy──► dialling ──► proving: the session is named on a second connection
 *      ▲                              │ the node knows it: that connection is the live one
 *      │                              ▼
 *   naming: holds and watches  ◄── draining: what was asked on the first one is answered there
 *   are followed on the second
 * </pre>
 *
 * Until the proof nothing but the proof is believed that the second connection says, since its
 * address may lead anywhere, and its failure is of no consequence. While the first one drains
 * either may break, and the session goes on over the other.
 */
final class Relocation {
  /** Questions that wait at the node for longer are asked again at the leader. */
  static final Duration DRAIN = Duration.ofSeconds(2);

  private final SessionLink link;
  private final Uplink uplink;
  private final ClientRuntime runtime;
  private final Guard guard;

  /** What belongs to another move than this one comes too late. */
  private int move;

  private boolean underWay;
  private @Nullable URI target;
  private @Nullable Connection next;
  private long proof;
  private long proofSentNanos;
  private @Nullable Connection previous;

  /** The last number of a request on the first connection. */
  private long boundary;

  private Time.@Nullable Timer limit;

  Relocation(SessionLink link, Uplink uplink, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.uplink = uplink;
    this.runtime = runtime;
    this.guard = guard;
  }

  /** A command has gone out over the live connection. */
  void commandSent(Connection live) {
    if (!underWay) {
      URI leader = live.commandSent(runtime.time().nanoTime());
      if (leader != null) {
        begin(leader);
      }
    }
  }

  private void begin(URI leader) {
    int mine = ++move;
    underWay = true;
    target = leader;
    Duration patience = Backoff.attempt(link.ttl());
    limit = guard.later(patience, () -> failed(mine));
    guard.after(() -> dial(mine, leader, patience));
  }

  private void dial(int mine, URI leader, Duration patience) {
    CompletableFuture<?> unused =
        runtime
            .dialer()
            .to(leader, patience, Connection.Purpose.MOVE)
            .whenComplete((open, error) -> guard.run(() -> opened(mine, open)));
  }

  private void opened(int mine, @Nullable Connection open) {
    if (mine != move || target == null) {
      if (open != null) {
        guard.after(open::closeIfUnused);
      }
      return;
    }
    if (open == null || !open.join(link)) {
      failed(mine);
      return;
    }
    next = open;
    open.bind(link.id(), link);
    proof = runtime.nextRequest();
    proofSentNanos = runtime.time().nanoTime();
    long seen = runtime.seen().get();
    uplink.send(open, new ClientFrame.ResumeSession(proof, link.id(), seen, List.of()));
  }

  private void failed(int mine) {
    URI leader = target;
    if (mine == move && leader != null) {
      runtime.moves().failed(leader, runtime.time().nanoTime());
      forget(true);
    }
  }

  /** True for a connection that has a part in the move beside the live one. */
  boolean hears(Connection from) {
    return from.equals(next) || from.equals(previous);
  }

  /** True when the frame is of no more use to the session: it came before the proof. */
  boolean apply(Connection from, ServerFrame frame) {
    URI leader = target;
    if (!from.equals(next) || leader == null) {
      return false;
    }
    if (Addressee.requestOf(frame) == proof) {
      if (frame instanceof ServerFrame.SessionResumed resumed
          && resumed.session().equals(link.id())) {
        runtime.saw(resumed.revision());
        proven(from, leader);
      } else {
        failed(move);
      }
    }
    return true;
  }

  private void proven(Connection open, URI leader) {
    int mine = move;
    Time.cancel(limit);
    runtime.moves().arrived(leader);
    next = null;
    target = null;
    previous = uplink.goOnOver(open, proofSentNanos);
    boundary = runtime.requests().get();
    limit =
        guard.later(
            DRAIN,
            () -> {
              if (mine == move) {
                drained(false);
              }
            });
    answered();
  }

  /** Something was answered, perhaps the last that the first connection owed. */
  void answered() {
    if (previous != null && link.life.oldestUnanswered() > boundary) {
      drained(false);
    }
  }

  private void drained(boolean broken) {
    Connection old = previous;
    previous = null;
    Time.cancel(limit);
    if (old != null) {
      guard.after(() -> old.leave(link, broken));
      uplink.nameHandles(boundary);
    }
  }

  /**
   * The holds are followed on the new connection.
   *
   * @return requests up to this one were not sent on it
   */
  long settled() {
    underWay = false;
    return boundary;
  }

  /** True when it was a connection beside the live one. */
  boolean disconnected(Connection from) {
    if (from.equals(next)) {
      failed(move);
      return true;
    }
    if (from.equals(previous)) {
      drained(true);
      return true;
    }
    return false;
  }

  /** The live connection is of no more use: the first one, when the session has not left it yet. */
  @Nullable Connection fallBack() {
    Connection back = previous;
    previous = null;
    stop();
    return back;
  }

  /** The session connects anew, or has ended. */
  void stop() {
    if (target != null) {
      runtime.moves().calledOff();
    }
    forget(false);
  }

  private void forget(boolean broken) {
    move++;
    underWay = false;
    target = null;
    Time.cancel(limit);
    Connection second = next;
    Connection first = previous;
    next = null;
    previous = null;
    if (second != null) {
      guard.after(() -> second.leave(link, broken));
    }
    if (first != null) {
      guard.after(() -> first.leave(link, false));
    }
  }
}
