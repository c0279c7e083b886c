// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.NodeLease;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;

/** What one node knows of its lease. The lock of the cluster guards the fields. */
final class MemoryLease implements NodeLease {
  /** Told to nobody after this part of the TTL, while the cluster believes in it for all of it. */
  private static final int MARGIN_PART = 10;

  private final Lock lock;
  private final long ttlNanos;
  private final Executor dispatcher;
  private final List<Consumer<State>> listeners = new CopyOnWriteArrayList<>();
  private long id;
  private State state = State.SUSPENDED;
  private long validUntilNanos;
  private long provenRevision;

  MemoryLease(Lock lock, long ttlNanos, Executor dispatcher) {
    this.lock = lock;
    this.ttlNanos = ttlNanos;
    this.dispatcher = dispatcher;
  }

  /** A renewal, sent and answered at this moment, or the first grant of a new id. */
  void renewed(long leaseId, long nowNanos, long revision) {
    id = leaseId;
    validUntilNanos = nowNanos + ttlNanos - ttlNanos / MARGIN_PART;
    provenRevision = revision;
    become(State.CONNECTED);
  }

  /** A renewal got no answer. */
  void notRenewed(long nowNanos) {
    if (state != State.LOST) {
      boolean timeIsLeft = nowNanos - validUntilNanos < 0;
      become(id == 0 || timeIsLeft ? State.SUSPENDED : State.LOST);
    }
  }

  void lost() {
    become(State.LOST);
  }

  boolean isLost() {
    return state == State.LOST;
  }

  long currentId() {
    return id;
  }

  private void become(State next) {
    if (state != next) {
      state = next;
      for (Consumer<State> listener : listeners) {
        dispatcher.execute(() -> listener.accept(next));
      }
    }
  }

  @Override
  public long id() {
    lock.lock();
    try {
      return id;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public State state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long ttlMillis() {
    return ttlNanos / 1_000_000;
  }

  @Override
  public long surelyValidUntilNanos() {
    lock.lock();
    try {
      return validUntilNanos;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long provenRevision() {
    lock.lock();
    try {
      return provenRevision;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onChange(Consumer<State> listener) {
    listeners.add(listener);
  }
}
