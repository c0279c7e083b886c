// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Whether a connection is still there for whoever registers something on its behalf. A frame may be
 * executed after its connection was closed; what it registered then would never be removed.
 * Thread-safe.
 */
final class Lifetime {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean over;

  /**
   * Registers something that the end of the connection removes. Be quick, and do not wait for
   * anything: the end waits for this.
   *
   * @return what it registered; empty, and nothing was done, when the connection has ended
   */
  <T> Optional<T> whileOpen(Supplier<T> registration) {
    lock.readLock().lock();
    try {
      if (over) {
        return Optional.empty();
      }
      return Optional.of(registration.get());
    } finally {
      lock.readLock().unlock();
    }
  }

  /** From now on nothing is registered; the caller then removes all that was. */
  void end() {
    lock.writeLock().lock();
    try {
      over = true;
    } finally {
      lock.writeLock().unlock();
    }
  }
}
