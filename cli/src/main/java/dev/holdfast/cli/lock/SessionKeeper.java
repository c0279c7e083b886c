// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.SessionBodies;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * A session that a thread of its own keeps alive, three times within its TTL. Who holds something
 * by it asks {@link #isLost()} before acting: the deadline counts from the moment that the last
 * acknowledged keep-alive was sent, on the monotonic clock, so it is never later than the
 * cluster's.
 */
final class SessionKeeper implements AutoCloseable {
  /** Of the TTL, for clocks that run apart and for the time that stopping takes. */
  private static final int MARGIN_DIVISOR = 10;

  private final RestClient rest;
  private final SessionBodies.Info session;
  private final Duration ttl;
  private final LongSupplier nanoTime;
  private final AtomicLong deadline;
  private final AtomicReference<String> end = new AtomicReference<>("");
  private final Thread thread;

  private SessionKeeper(
      RestClient rest, SessionBodies.Info session, Duration ttl, long sent, LongSupplier nanoTime) {
    this.rest = rest;
    this.session = session;
    this.ttl = ttl;
    this.nanoTime = nanoTime;
    this.deadline = new AtomicLong(deadlineFor(sent));
    this.thread = Thread.ofVirtual().name("keep-alive").unstarted(this::keepAlive);
  }

  /**
   * @param rest for keep-alives alone, with a patience well below the TTL
   */
  static SessionKeeper open(RestClient rest, Duration ttl, LongSupplier nanoTime) {
    long sent = nanoTime.getAsLong();
    SessionBodies.Info session =
        rest.read(
            RestRequest.of("POST", "/v1/sessions")
                .json(new SessionBodies.Create(DurationText.format(ttl)))
                .harmless(), // A session that nobody keeps alive ends by itself.
            SessionBodies.Info.class);
    SessionKeeper keeper = new SessionKeeper(rest, session, ttl, sent, nanoTime);
    keeper.thread.start();
    return keeper;
  }

  SessionBodies.Info session() {
    return session;
  }

  /** True once the cluster may have given the locks of this session to others; stays true. */
  boolean isLost() {
    if (nanoTime.getAsLong() - deadline.get() >= 0) {
      end.compareAndSet("", "no node acknowledged a keep-alive within the TTL");
    }
    return !end.get().isEmpty();
  }

  /** Why it was lost. */
  String reason() {
    return end.get();
  }

  private long deadlineFor(long sent) {
    return sent + ttl.toNanos() - ttl.toNanos() / MARGIN_DIVISOR;
  }

  private void keepAlive() {
    try {
      while (!isLost()) {
        Thread.sleep(ttl.dividedBy(3));
        if (!isLost()) {
          renew();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Closed.
    }
  }

  private void renew() {
    long sent = nanoTime.getAsLong();
    try {
      rest.done(RestRequest.of("POST", path() + "/keepalive").harmless().within(ttl.dividedBy(3)));
      // A late answer must not call a session back that was given up already.
      if (!isLost()) {
        deadline.set(deadlineFor(sent));
      }
    } catch (ProblemException e) {
      if (e.problem().status() < 500 && e.problem().status() != 429) {
        end.compareAndSet("", e.problem().detail());
      }
    } catch (RestException e) {
      // No node answered this time. The next try follows, and the deadline stands.
      if (isLost()) {
        return;
      }
    }
  }

  private String path() {
    return "/v1/sessions/" + UriText.component(session.session());
  }

  /** Ends the session, which releases all that it holds. */
  void end() {
    thread.interrupt();
    rest.done(RestRequest.of("DELETE", path()).harmless());
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
