// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells states to listeners, in order, on the events thread. A listener that is slower than the
 * changes misses old ones, never the newest.
 */
final class Listeners<S> {
  private static final int MAX_UNDELIVERED = 64;

  private final Executor events;
  private final List<Consumer<S>> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<S> undelivered = new ArrayDeque<>();
  private boolean delivering;

  Listeners(Executor events) {
    this.events = events;
  }

  void add(Consumer<S> listener) {
    listeners.add(listener);
  }

  /** Told nothing more, but for what is being told. */
  void remove(Consumer<S> listener) {
    listeners.remove(listener);
  }

  boolean isEmpty() {
    return listeners.isEmpty();
  }

  /** Never blocks. */
  void tell(S state) {
    if (listeners.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      if (undelivered.size() == MAX_UNDELIVERED) {
        undelivered.removeFirst();
      }
      undelivered.add(state);
      if (delivering) {
        return;
      }
      delivering = true;
    } finally {
      lock.unlock();
    }
    events.execute(this::deliver);
  }

  private void deliver() {
    @Nullable S state = next();
    while (state != null) {
      S told = state;
      listeners.forEach(listener -> Loudly.run("a listener", () -> listener.accept(told)));
      state = next();
    }
  }

  private @Nullable S next() {
    lock.lock();
    try {
      S state = undelivered.poll();
      delivering = state != null;
      return state;
    } finally {
      lock.unlock();
    }
  }
}
