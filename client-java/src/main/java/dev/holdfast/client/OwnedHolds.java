// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reentrancy: the holds of a session that have an owner, an object of the program, and how often
 * each was entered. The cluster knows nothing of it; it sees one hold for each owner. Thread-safe.
 *
 * <p>An owner that holds a lock for writing may read as well; when the last writing entry is closed
 * and a reading one is left, the hold is downgraded. The other way round is refused: two readers
 * that wait to become writers would wait for each other for ever.
 */
final class OwnedHolds {
  /** Owners are the same only if they are the same object. */
  private record Key(String lock, Object owner) {
    @Override
    @SuppressWarnings("ReferenceEquality") // An owner is itself, whatever its equals says.
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && key.owner == owner && key.lock.equals(lock);
    }

    @Override
    public int hashCode() {
      return 31 * lock.hashCode() + System.identityHashCode(owner);
    }
  }

  /** One owner and one lock. Its entries are counted under its mutex, which is held over waits. */
  private static final class Owned {
    final ReentrantLock mutex = new ReentrantLock(true);
    int users;
    @Nullable Hold hold;
    int writes;
    int reads;
  }

  private final HoldSession link;
  private final ReentrantLock guard = new ReentrantLock();
  private final Map<Key, Owned> all = new HashMap<>();

  OwnedHolds(HoldSession link) {
    this.link = link;
  }

  /** How an acquire waits. */
  enum Patience {
    INTERRUPTIBLE,
    UNINTERRUPTIBLE
  }

  /**
   * Enters once more, or acquires.
   *
   * @param wait null for ever
   */
  Reentry enter(
      String lock, Object owner, boolean write, @Nullable Duration wait, Patience patience)
      throws InterruptedException {
    long began = now();
    Key key = new Key(lock, owner);
    Owned owned = use(key);
    boolean entered = false;
    try {
      lockMutex(owned, lock, wait, patience);
      try {
        Hold hold = enter(lock, owned, write, left(wait, began), patience);
        entered = true;
        return new Reentry(this, lock, owner, write, hold);
      } finally {
        owned.mutex.unlock();
      }
    } finally {
      if (!entered) {
        disuse(key, owned);
      }
    }
  }

  private long now() {
    return link.time().nanoTime();
  }

  private static void lockMutex(
      Owned owned, String lock, @Nullable Duration wait, Patience patience)
      throws InterruptedException {
    if (patience == Patience.UNINTERRUPTIBLE) {
      owned.mutex.lock();
    } else if (wait == null) {
      owned.mutex.lockInterruptibly();
    } else if (!owned.mutex.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new WaitTimeoutException(lock + " is being acquired by its owner elsewhere", true);
    }
  }

  private @Nullable Duration left(@Nullable Duration wait, long began) {
    if (wait == null || wait.isZero()) {
      return wait;
    }
    Duration rest = wait.minusNanos(now() - began);
    return rest.isNegative() ? Duration.ZERO : rest;
  }

  private Hold enter(
      String lock, Owned owned, boolean write, @Nullable Duration wait, Patience patience)
      throws InterruptedException {
    Hold held = owned.hold;
    if (held == null) {
      LockMode mode = write ? LockMode.EXCLUSIVE : LockMode.SHARED;
      Hold asked = link.acquire(new Ask(lock, mode, wait));
      held =
          patience == Patience.UNINTERRUPTIBLE
              ? Hold.awaitUninterruptibly(asked)
              : Hold.await(link, asked);
      owned.hold = held;
    } else if (write && owned.writes == 0) {
      throw new RefusedException(
          "UPGRADE_REFUSED",
          lock + " is held for reading by this owner, who would wait for itself",
          "close the reading entries first, then acquire for writing and look again");
    } else {
      // A lost hold is not replaced behind the back of the code that entered before.
      held.check();
    }
    if (write) {
      owned.writes++;
    } else {
      owned.reads++;
    }
    return held;
  }

  /**
   * Leaves once.
   *
   * @return whether the hold was still held when it was left
   */
  boolean leave(String lock, Object owner, boolean write) {
    Key key = new Key(lock, owner);
    Owned owned = find(key);
    if (owned == null) {
      throw new AssertionError("left more often than entered: " + lock);
    }
    owned.mutex.lock();
    try {
      Hold hold = owned.hold;
      if (hold == null) {
        throw new AssertionError("left more often than entered: " + lock);
      }
      boolean held = hold.isHeld();
      if (write) {
        owned.writes--;
      } else {
        owned.reads--;
      }
      if (owned.writes + owned.reads == 0) {
        owned.hold = null;
        hold.release();
      } else if (write && owned.writes == 0 && held) {
        downgrade(hold);
      }
      return held;
    } finally {
      owned.mutex.unlock();
      disuse(key, owned);
    }
  }

  private static void downgrade(Hold hold) {
    try {
      hold.downgrade();
    } catch (LockLostException | SessionLostException e) {
      Loudly.warn(hold.lock() + " was lost while it was being downgraded: " + e.getMessage());
    }
  }

  /** How often the owner has entered, for reading and for writing. */
  int count(String lock, Object owner, boolean write) {
    Owned owned = find(new Key(lock, owner));
    if (owned == null) {
      return 0;
    }
    owned.mutex.lock();
    try {
      return write ? owned.writes : owned.reads;
    } finally {
      owned.mutex.unlock();
    }
  }

  private @Nullable Owned find(Key key) {
    guard.lock();
    try {
      return all.get(key);
    } finally {
      guard.unlock();
    }
  }

  /** Each entry, and each attempt at one, is a use; without any the owner is forgotten. */
  private Owned use(Key key) {
    guard.lock();
    try {
      Owned owned = all.computeIfAbsent(key, same -> new Owned());
      owned.users++;
      return owned;
    } finally {
      guard.unlock();
    }
  }

  private void disuse(Key key, Owned owned) {
    guard.lock();
    try {
      if (--owned.users == 0) {
        all.remove(key);
      }
    } finally {
      guard.unlock();
    }
  }
}
