// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.Reasons;
import dev.holdfast.protocol.frame.ClientFrame;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The way of a session to the cluster: one live connection, and how another takes its place.
 *
 * <pre>
 *   connect ──► open ──► {@link Handshake} ──► ready
 *      ▲                                         │
 *      └── next node, after a {@link Backoff} ◄── broken, silent, refused
 * </pre>
 *
 * Owns which connection is the live one and whether the session is known there, which attempt at
 * one counts, and which node comes next. What belongs to an older attempt comes too late. All
 * methods run under the session's guard; dialling comes after it.
 */
final class Uplink implements Outbox.Line {
  private final SessionLink link;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Endpoints.Walk walk;
  private final Backoff backoff;
  final Relocation relocation;

  /** Rises with each connection, and when one is given up. */
  private int attempt;

  private @Nullable Connection live;

  /** The session is known to the node. */
  private boolean ready;

  /** Someone's frame on a shared connection was refused: this session shows whose it was. */
  private boolean alone;

  /** The node that was asked last, and why each one that failed since the last success did. */
  private @Nullable URI asked;

  private final Map<URI, String> failures = new LinkedHashMap<>();
  private Time.@Nullable Timer limit;

  Uplink(SessionLink link, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.runtime = runtime;
    this.guard = guard;
    this.walk = runtime.endpoints().walk();
    this.backoff = new Backoff(runtime.random());
    this.relocation = new Relocation(link, this, runtime, guard);
  }

  // ---- Connecting ----

  void connect() {
    if (link.state().isFinal()) {
      return;
    }
    int mine = ++attempt;
    Duration patience = limitAttempt();
    URI node = walk.next();
    asked = node;
    guard.after(() -> open(mine, node, patience));
  }

  private Duration limitAttempt() {
    int mine = attempt;
    Duration patience = Backoff.attempt(link.ttl());
    Time.cancel(limit);
    limit = guard.later(patience, () -> broken(mine, "no node answered within " + patience));
    return patience;
  }

  private void open(int mine, URI node, Duration patience) {
    CompletableFuture<?> unused =
        runtime
            .dialer()
            .to(node, patience, alone ? Connection.Purpose.ALONE : Connection.Purpose.SHARE)
            .whenComplete((open, error) -> guard.run(() -> connected(mine, open, error)));
  }

  private void connected(int mine, @Nullable Connection open, @Nullable Throwable error) {
    if (mine != attempt || link.state().isFinal()) {
      if (open != null) {
        guard.after(open::closeIfUnused);
      }
      return;
    }
    if (open == null) {
      Throwable cause = error instanceof CompletionException ? error.getCause() : error;
      if (cause instanceof RefusedException refused && !link.hasId()) {
        link.life.openFailed(refused);
      } else {
        broken(mine, cause == null ? "cannot connect" : Reasons.of(cause));
      }
      return;
    }
    if (!open.join(link)) {
      broken(mine, open.node() + " is closing its connection");
      return;
    }
    live = open;
    link.handshake.begin(open, Long.MAX_VALUE);
  }

  /** The node knows the session. */
  void greeted() {
    ready = true;
    backoff.succeeded();
    failures.clear();
    Time.cancel(limit);
  }

  // ---- Losing it ----

  /**
   * @param shared other sessions have lost the connection with this one
   */
  void disconnected(Connection from, String why, int statusCode, boolean shared) {
    if (relocation.disconnected(from) || !from.equals(live) || link.state().isFinal()) {
      return;
    }
    if (isProtocolClose(statusCode)) {
      if (shared) {
        alone = true; // Whose frame it was shows when each speaks for itself.
      } else {
        link.holds.refuseUnanswered(why);
        link.calls.refuseUnanswered(why);
      }
    }
    broken(why);
  }

  /** The node closed because of what it was sent: sending that again would only repeat it. */
  private static boolean isProtocolClose(int statusCode) {
    return statusCode == 1002 || statusCode == 1003 || statusCode == 1007 || statusCode == 1009;
  }

  /** The connection, or the attempt at one, is of no more use. */
  void broken(String why) {
    broken(attempt, why);
  }

  /** Nothing for an older attempt. */
  void broken(int mine, String why) {
    if (mine != attempt || link.state().isFinal()) {
      return;
    }
    attempt++; // What the old one still says is ignored.
    URI at = live == null ? asked : live.node();
    if (at != null) {
      failures.put(at, why);
    }
    ready = false;
    Time.cancel(limit);
    link.keepAlives.stop();
    Connection old = live;
    Connection other = relocation.fallBack();
    live = other;
    if (old != null) {
      guard.after(() -> old.leave(link, true));
    }
    if (other != null) {
      limitAttempt();
      link.handshake.begin(other, Long.MAX_VALUE);
      return;
    }
    link.life.suspended();
    int next = attempt;
    guard.later(
        backoff.rest(link.ttl()),
        () -> {
          if (next == attempt) {
            connect();
          }
        });
  }

  /** The session has ended. */
  void stop() {
    attempt++;
    ready = false;
    Time.cancel(limit);
    relocation.stop();
    Connection old = live;
    live = null;
    if (old != null) {
      guard.after(() -> old.leave(link, false));
    }
  }

  /** Every node that failed since one worked, and why. */
  String lastFailure() {
    return failures.isEmpty()
        ? "no node was asked yet"
        : failures.entrySet().stream()
            .map(each -> each.getKey() + " (" + each.getValue() + ")")
            .collect(Collectors.joining(", "));
  }

  // ---- Moving to another one while it works ----

  /**
   * New requests go there, and keep-alives; the session lives for a TTL from {@code sentNanos}.
   *
   * @return the live connection until now
   */
  @Nullable Connection goOnOver(Connection next, long sentNanos) {
    Connection before = live;
    live = next;
    link.keepAlives.goOn(sentNanos);
    link.watches.pause();
    return before;
  }

  /** The node is told which holds it shall follow, and answers how they stand. */
  void nameHandles(long upTo) {
    Connection open = live;
    if (open != null) {
      limitAttempt();
      link.handshake.begin(open, upTo);
    }
  }

  /**
   * It has answered.
   *
   * @return requests up to this one were not sent on the live connection
   */
  long settled() {
    Time.cancel(limit);
    return relocation.settled();
  }

  // ---- Sending ----

  /** The attempt that counts. */
  int attempt() {
    return attempt;
  }

  boolean isReady() {
    return ready;
  }

  /** The live connection, if it is of this attempt and the session is known there. */
  @Nullable Connection ready(int mine) {
    return mine == attempt && ready ? live : null;
  }

  boolean isLive(Connection from) {
    return from.equals(live);
  }

  /** A command; when false is returned, whoever sent it does so again after the handshake. */
  @Override
  public boolean send(long request, byte[] frame) {
    Connection open = live;
    if (!ready || open == null) {
      return false;
    }
    open.enqueue(request, frame, link);
    guard.after(open::flush);
    if (!alone && !link.life.isClosing()) {
      relocation.commandSent(open);
    }
    return true;
  }

  /** What keeps the session itself, on that connection. */
  void send(Connection over, ClientFrame frame) {
    over.enqueue(frame.request(), runtime.encode(frame), link);
    guard.after(over::flush);
  }

  /** As above, on the live one. */
  void send(ClientFrame frame) {
    Connection open = live;
    if (open != null) {
      send(open, frame);
    }
  }

  /** What has no answer, if there is a connection. */
  void tell(ClientFrame frame) {
    Connection open = live;
    if (ready && open != null) {
      open.enqueue(runtime.encode(frame));
      guard.after(open::flush);
    }
  }

  /** What is pushed about this watch on the live connection is for this session. */
  void follow(long watch) {
    Connection open = live;
    if (open != null) {
      open.follow(watch, link);
    }
  }

  void unfollow(long watch) {
    Connection open = live;
    if (open != null) {
      open.unfollow(watch);
    }
  }
}
