// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Comes back to each parked queue once its time for company is over. One virtual thread for all,
 * alive only while something is parked; all wait equally long, so the oldest is the next.
 */
final class Company<C, R> {
  private record Guest<C, R>(CommandQueue<C, R> queue, long dueNanos) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Guest<C, R>> parked = new ArrayDeque<>();
  private final Consumer<CommandQueue<C, R>> server;
  private final LongSupplier nanos;
  private boolean running;

  /**
   * @param server is told of each queue that is due, and has its turn
   */
  Company(Consumer<CommandQueue<C, R>> server, LongSupplier nanos) {
    this.server = server;
    this.nanos = nanos;
  }

  void park(CommandQueue<C, R> queue, long dueNanos) {
    lock.lock();
    try {
      parked.add(new Guest<>(queue, dueNanos));
      if (running) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name("queue-company").start(this::run);
  }

  private void run() {
    for (Guest<C, R> next = next(); next != null; next = next()) {
      long left = next.dueNanos() - nanos.getAsLong();
      // Most have had their company long before, and nobody need wake up for them.
      while (left > 0 && next.queue().isOpen(next.dueNanos())) {
        LockSupport.parkNanos(left);
        left = next.dueNanos() - nanos.getAsLong();
      }
      if (next.queue().takeTurn(nanos.getAsLong())) {
        server.accept(next.queue());
      }
    }
  }

  private @Nullable Guest<C, R> next() {
    lock.lock();
    try {
      Guest<C, R> next = parked.poll();
      running = next != null;
      return next;
    } finally {
      lock.unlock();
    }
  }
}
