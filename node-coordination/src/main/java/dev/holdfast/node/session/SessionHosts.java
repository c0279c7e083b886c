// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.HostSight;
import dev.holdfast.core.session.KeepAlive;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionClock;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that this node hosts: their last keep-alives live here, in memory only. One thread
 * finds those that are due, and each expiry is then committed on a thread of its own.
 */
public final class SessionHosts implements WatchListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionHosts.class);
  private static final Duration TICK = Duration.ofMillis(20);
  private static final Duration EXPIRE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration EXPIRE_PAUSE = Duration.ofMillis(200);

  /** When very many sessions end at once, keep-alives of the others must still get through. */
  private static final int EXPIRIES_AT_ONCE_MAX = 256;

  private final Coordinator coordinator;
  private final Transactor<Session, SessionCommand, SessionReply> transactor;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Hosted> hosted = new ConcurrentHashMap<>();
  private final PriorityBlockingQueue<Due> due = new PriorityBlockingQueue<>();
  private final Semaphore expiries = new Semaphore(EXPIRIES_AT_ONCE_MAX);
  private final SessionTransition transition = new SessionTransition();
  private final Coordinator.Watch watch;
  private final Thread thread;
  private volatile boolean closed;

  public SessionHosts(
      Coordinator coordinator,
      Transactor<Session, SessionCommand, SessionReply> transactor,
      LongSupplier nanoTime) {
    this.coordinator = coordinator;
    this.transactor = transactor;
    this.nanoTime = nanoTime;
    this.watch = coordinator.watch(Keys.SESSIONS, this);
    this.thread = Thread.ofPlatform().name("session-expiry").daemon().start(this::run);
  }

  public int count() {
    return hosted.size();
  }

  /** Begins to host a session that was created or adopted by a commit, unless it does already. */
  void host(String id, Session session, SessionClock clock) {
    Hosted begun = new Hosted(session, clock);
    Hosted now =
        hosted.compute(
            id,
            (same, known) -> session.isNews(known == null ? null : known.session) ? begun : known);
    if (now == begun) {
      due.add(new Due(clock.deadlineNanos(), id, begun));
    }
  }

  boolean isHosted(String id) {
    return hosted.containsKey(id);
  }

  /**
   * Judges a keep-alive as the host.
   *
   * @param applied the session's entry as this node has applied it
   */
  KeepAlive keepAlive(String id, Observation applied) {
    Hosted session = hosted.get(id);
    if (session == null) {
      return new KeepAlive.Refused(KeepAlive.Why.NOT_HOST);
    }
    NodeLease lease = coordinator.lease();
    HostSight sight =
        new HostSight(
            session.session.isHosted(decoded(applied.entry()), lease.id()),
            lease.surelyValidUntilNanos(),
            lease.provenRevision(),
            applied.revision());
    return session.keepAlive(nanoTime.getAsLong(), sight);
  }

  @Override
  public void started(long revision) {}

  @Override
  public void changed(List<Observation> observations) {
    observations.forEach(observation -> see(observation.key(), observation.entry()));
  }

  @Override
  public void resync(long revision) {
    for (String id : hosted.keySet()) {
      EntryKey key = Keys.session(id);
      see(key, coordinator.readLocal(key).observation().entry());
    }
  }

  /** Drops what has ended, or was adopted by another node. */
  private void see(EntryKey key, @Nullable Entry entry) {
    String id = Keys.sessionOf(key).orElseThrow();
    hosted.computeIfPresent(
        id, (same, known) -> known.session.isOver(decoded(entry)) ? null : known);
  }

  private @Nullable Session decoded(@Nullable Entry entry) {
    return entry == null ? null : transition.decode(entry.value());
  }

  private void run() {
    while (!closed) {
      try {
        lookAtDue(nanoTime.getAsLong());
      } catch (RuntimeException | Error e) { // Without this thread no session would ever expire.
        LOG.error("A look at the sessions that are due failed; the next follows", e);
      }
      LockSupport.parkNanos(TICK.toNanos());
    }
  }

  /** What is taken is judged, and not what was there a moment before: it may be another one. */
  private void lookAtDue(long now) {
    for (Due next = due.poll(); next != null; next = due.poll()) {
      if (next.nanos - now > 0) {
        due.add(next);
        return;
      }
      lookAt(next, now);
    }
  }

  private void lookAt(Due next, long now) {
    if (hosted.get(next.id) != next.session) {
      return; // Ended, or hosted anew.
    }
    if (next.session.submitExpiry(now)) {
      Thread.ofVirtual().name("expire " + next.id).start(() -> expire(next.id, next.session));
    } else {
      due.add(new Due(next.session.deadlineNanos(), next.id, next.session));
    }
  }

  /**
   * Until a definite answer no keep-alive is acknowledged (R15), so it is asked for until it comes.
   */
  private void expire(String id, Hosted session) {
    expiries.acquireUninterruptibly();
    try {
      while (!closed && hosted.get(id) == session) {
        try {
          SessionReply reply =
              transactor
                  .submit(
                      Keys.session(id), new SessionCommand.Expire(session.session), EXPIRE_TIMEOUT)
                  .reply();
          LOG.debug("Session {} is due: {}", id, reply);
          forgetWhenApplied(id, session);
          return;
        } catch (CoordinatorException e) {
          LOG.debug("Session {} is due, its end is not agreed on yet: {}", id, e.getMessage());
          LockSupport.parkNanos(EXPIRE_PAUSE.toNanos());
        } catch (RuntimeException | Error e) { // Given up, it would be kept for ever.
          LOG.error("The expiry of session {} failed, and is tried again", id, e);
          LockSupport.parkNanos(EXPIRE_PAUSE.toNanos());
        }
      }
    } finally {
      expiries.release();
    }
  }

  /**
   * As long as the end is not applied here, the session stays one that is ending: nobody may take
   * it for one that this node has not begun to host. When it is applied, the watch drops it.
   */
  private void forgetWhenApplied(String id, Hosted session) {
    if (session.session.isOver(
        decoded(coordinator.readLocal(Keys.session(id)).observation().entry()))) {
      hosted.remove(id, session);
    }
  }

  @Override
  public void close() {
    closed = true;
    watch.close();
    LockSupport.unpark(thread);
  }

  private record Due(long nanos, String id, Hosted session) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.signum(nanos - other.nanos);
    }
  }

  /** One session; its clock is replaced under its lock. */
  private static final class Hosted {
    final Session session;
    private final ReentrantLock lock = new ReentrantLock();
    private SessionClock clock;

    Hosted(Session session, SessionClock clock) {
      this.session = session;
      this.clock = clock;
    }

    KeepAlive keepAlive(long nowNanos, HostSight sight) {
      lock.lock();
      try {
        KeepAlive verdict = clock.keepAlive(nowNanos, sight);
        if (verdict instanceof KeepAlive.Acknowledged(SessionClock next)) {
          clock = next;
        }
        return verdict;
      } finally {
        lock.unlock();
      }
    }

    /** True when the expiry is to be committed now. */
    boolean submitExpiry(long nowNanos) {
      lock.lock();
      try {
        boolean isDue = clock.isDue(nowNanos);
        if (isDue) {
          clock = clock.expirySubmitted();
        }
        return isDue;
      } finally {
        lock.unlock();
      }
    }

    long deadlineNanos() {
      lock.lock();
      try {
        return clock.deadlineNanos();
      } finally {
        lock.unlock();
      }
    }
  }
}
