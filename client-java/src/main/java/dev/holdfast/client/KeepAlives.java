// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Until when the session surely lives, and the renewals that move that on: each counts from its
 * sending. When one is not answered soon, the connection is of no more use; when the {@link Lease}
 * is over, the session is lost, whatever any node says later.
 *
 * <p>Owns the lease, the keep-alive that is unanswered, and their timers. The lease may be read
 * anywhere; everything else runs under the session's guard.
 */
final class KeepAlives {
  private final SessionLink link;
  private final Uplink uplink;
  private final ClientRuntime runtime;
  private final Guard guard;

  // Written under the guard, read anywhere.
  private volatile Lease lease;

  /** 0 when none is under way. */
  private long unanswered;

  private long sentNanos;
  private Time.@Nullable Timer timer;

  KeepAlives(SessionLink link, Uplink uplink, ClientRuntime runtime, Guard guard, Duration ttl) {
    this.link = link;
    this.uplink = uplink;
    this.runtime = runtime;
    this.guard = guard;
    this.lease = new Lease(runtime.time().nanoTime(), ttl);
  }

  Duration ttl() {
    return lease.ttl();
  }

  boolean isOver() {
    return lease.isOver(runtime.time().nanoTime());
  }

  Duration remaining() {
    return lease.remaining(runtime.time().nanoTime());
  }

  /** The session begins, with the TTL that the node has said. */
  void opened(long openSentNanos, Duration ttl) {
    lease = new Lease(openSentNanos, ttl);
    watchDeadline();
  }

  /** One timer that follows the deadline as it moves. */
  private void watchDeadline() {
    guard.later(
        remaining(),
        () -> {
          link.life.loseIfOver();
          if (!link.state().isFinal()) {
            watchDeadline();
          }
        });
  }

  /** A node has acknowledged what was sent then. */
  void renewed(long renewalSentNanos) {
    lease = lease.renewed(renewalSentNanos);
  }

  /** The next one is due a while after that renewal was sent. */
  void schedule(long renewalSentNanos) {
    Duration due = lease.renewEvery().minusNanos(runtime.time().nanoTime() - renewalSentNanos);
    int mine = uplink.attempt();
    Time.cancel(timer);
    timer = guard.later(due.isNegative() ? Duration.ZERO : due, () -> send(mine));
  }

  private void send(int mine) {
    Connection live = uplink.ready(mine);
    if (live == null) {
      return;
    }
    long number = runtime.nextRequest();
    unanswered = number;
    sentNanos = runtime.time().nanoTime();
    uplink.send(live, new ClientFrame.KeepAlive(number, link.id()));
    timer =
        guard.later(
            lease.answerWithin(),
            () -> {
              if (unanswered == number) {
                uplink.broken(mine, live.node() + " does not answer a keep-alive");
              }
            });
  }

  boolean owns(long request) {
    return request == unanswered;
  }

  void answered(ServerFrame.KeptAlive answer) {
    if (owns(answer.request())) {
      unanswered = 0;
      renewed(sentNanos);
      schedule(sentNanos);
    }
  }

  /** On another connection, where a renewal that was sent then was acknowledged. */
  void goOn(long renewalSentNanos) {
    unanswered = 0;
    renewed(renewalSentNanos);
    schedule(renewalSentNanos);
  }

  /** There is no connection. The lease goes on. */
  void stop() {
    unanswered = 0;
    Time.cancel(timer);
  }
}
