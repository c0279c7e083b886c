// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Locks on a session that all users of a {@link Holdfast} share. It is opened with the first lock;
 * if it is lost, the next lock opens another. Programs whose locks should not be lost together open
 * their own {@link Session}s. Thread-safe.
 */
public final class Locks {
  private final Holdfast holdfast;
  private final ReentrantLock opening = new ReentrantLock();
  private volatile @Nullable Session shared;

  Locks(Holdfast holdfast) {
    this.holdfast = holdfast;
  }

  /**
   * The lock of that name on the shared session, exclusive.
   *
   * @throws UnavailableException when the session had to be opened and no node answered
   */
  public LockClient lock(String name) {
    return session().lock(name);
  }

  /** The shared session. */
  public Session session() {
    Session current = shared;
    if (current != null && !current.state().isFinal()) {
      return current;
    }
    // Held over the opening on purpose: many callers shall wait for one session, not open many.
    opening.lock();
    try {
      Session other = shared;
      if (other != null && !other.state().isFinal()) {
        return other;
      }
      Session opened = holdfast.session();
      shared = opened;
      return opened;
    } finally {
      opening.unlock();
    }
  }
}
