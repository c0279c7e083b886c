package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.NodeLease;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lease of this process: its session, believed for less time than the servers give it (R3). A
 * renewal is a {@code multi} that changes nothing, so a majority has agreed on it, and it counts
 * from the moment at which it was sent.
 *
 * <p>The servers hear of it with the next ping of the follower that this process is connected to,
 * at most one of their ticks later, and grant no session less than two ticks. So half of the
 * session's timeout is a margin of at least one tick, whatever the tick is.
 */
final class ZkLease implements NodeLease {
  private static final Logger LOG = LoggerFactory.getLogger(ZkLease.class);

  private final List<Consumer<State>> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long id;
  private volatile long ttlMillis;
  private volatile State state = State.SUSPENDED;
  private volatile long validUntil = System.nanoTime();
  private volatile long provenRevision;

  ZkLease(long ttlMillis) {
    this.ttlMillis = ttlMillis;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public long ttlMillis() {
    return ttlMillis;
  }

  @Override
  public long surelyValidUntilNanos() {
    return validUntil;
  }

  @Override
  public long provenRevision() {
    return provenRevision;
  }

  @Override
  public void onChange(Consumer<State> listener) {
    listeners.add(listener);
  }

  /** A session has begun; it is not proven yet. */
  void opened(long session, long grantedMillis, long sentNanos) {
    lock.lock();
    try {
      id = session;
      ttlMillis = grantedMillis;
      validUntil = until(sentNanos);
      become(State.SUSPENDED);
    } finally {
      lock.unlock();
    }
  }

  private long until(long sentNanos) {
    return sentNanos + TimeUnit.MILLISECONDS.toNanos(ttlMillis / 2);
  }

  /** A renewal was answered. One that comes after the end is too late. */
  void renewed(long session, long sentNanos, long revision) {
    lock.lock();
    try {
      if (session != id || state == State.LOST || until(sentNanos) - System.nanoTime() <= 0) {
        return;
      }
      provenRevision = Math.max(provenRevision, revision);
      if (until(sentNanos) - validUntil > 0) {
        validUntil = until(sentNanos);
      }
      become(State.CONNECTED);
    } finally {
      lock.unlock();
    }
  }

  void suspend() {
    lock.lock();
    try {
      if (state == State.CONNECTED) {
        become(State.SUSPENDED);
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isOver() {
    return System.nanoTime() - validUntil >= 0;
  }

  void lost() {
    lock.lock();
    try {
      if (!isOver()) {
        validUntil = System.nanoTime();
      }
      become(State.LOST);
    } finally {
      lock.unlock();
    }
  }

  private void become(State next) {
    if (state == next) {
      return;
    }
    state = next;
    for (Consumer<State> listener : listeners) {
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        LOG.warn("A listener of the lease has failed", e);
      }
    }
  }
}
