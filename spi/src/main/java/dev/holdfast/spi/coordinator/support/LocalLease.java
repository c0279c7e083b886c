// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import dev.holdfast.spi.coordinator.NodeLease;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a process believes of its own lease (R3). The backend opens and renews it, and decides how
 * long a renewal holds; this keeps the rules that hold for every backend:
 *
 * <ul>
 *   <li>a renewal counts only for the lease that it was sent for, only while that is not LOST, and
 *       only if its time is not over already
 *   <li>the moment until which the lease surely is valid never moves back while it is valid
 *   <li>LOST is final, until another lease is opened
 *   <li>listeners are called once for each change, in its order
 * </ul>
 *
 * <p>Thread-safe. Listeners are called under its lock, so they must not block.
 */
public final class LocalLease implements NodeLease {
  private final LongSupplier nanoTime;
  private final Consumer<RuntimeException> onFailedListener;
  private final List<Consumer<State>> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long id;
  private volatile long ttlMillis;
  private volatile State state = State.SUSPENDED;
  private volatile long validUntil;
  private volatile long provenRevision;

  /** When it was last connected no more; meaningless while it is. */
  private volatile long apartSince;

  /**
   * @param ttlMillis until a lease is opened that was granted another one
   * @param nanoTime the clock of {@link #surelyValidUntilNanos}
   * @param onFailedListener told what a listener threw; the others are called all the same
   */
  public LocalLease(
      long ttlMillis, LongSupplier nanoTime, Consumer<RuntimeException> onFailedListener) {
    this.ttlMillis = ttlMillis;
    this.nanoTime = nanoTime;
    this.onFailedListener = onFailedListener;
    this.validUntil = nanoTime.getAsLong();
    this.apartSince = validUntil;
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

  /**
   * Another lease begins; it is SUSPENDED until its first renewal.
   *
   * @param granted its TTL in milliseconds
   * @param untilNanos until when it surely is valid without one; now, when that is not known
   */
  public void opened(long lease, long granted, long untilNanos) {
    lock.lock();
    try {
      id = lease;
      ttlMillis = granted;
      validUntil = untilNanos;
      become(State.SUSPENDED);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A renewal was answered.
   *
   * @param lease that it was sent for
   * @param untilNanos until when it holds, counted from the moment at which it was sent
   * @param revision that it proved current
   * @return whether it counts; false when it is for another lease, or too late
   */
  public boolean renewed(long lease, long untilNanos, long revision) {
    lock.lock();
    try {
      boolean isLate = untilNanos - nanoTime.getAsLong() <= 0;
      if (lease != id || state == State.LOST || isLate) {
        return false;
      }
      provenRevision = Math.max(provenRevision, revision);
      if (untilNanos - validUntil > 0) {
        validUntil = untilNanos;
      }
      become(State.CONNECTED);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** A renewal failed; time may be left. */
  public void suspend() {
    lock.lock();
    try {
      if (state == State.CONNECTED) {
        become(State.SUSPENDED);
      }
    } finally {
      lock.unlock();
    }
  }

  /** No longer surely valid: call {@link #lost}. */
  public boolean isOver() {
    return nanoTime.getAsLong() - validUntil >= 0;
  }

  /** It ended, or this process gives it up. */
  public void lost() {
    lock.lock();
    try {
      if (!isOver()) {
        validUntil = nanoTime.getAsLong();
      }
      become(State.LOST);
    } finally {
      lock.unlock();
    }
  }

  /** For how long no renewal has succeeded; 0 while connected. */
  public long apartNanos() {
    long since = apartSince;
    return state == State.CONNECTED ? 0 : nanoTime.getAsLong() - since;
  }

  private void become(State next) {
    if (state == next) {
      return;
    }
    if (state == State.CONNECTED) {
      apartSince = nanoTime.getAsLong();
    }
    state = next;
    for (Consumer<State> listener : listeners) {
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        onFailedListener.accept(e);
      }
    }
  }
}
