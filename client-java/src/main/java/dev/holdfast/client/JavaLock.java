// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.OwnedHolds.Patience;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock of the cluster as {@link Lock}, for code that knows nothing else. The owner is the present
 * thread, platform or virtual, and may lock again. All calls but {@link #newCondition} do what
 * {@code Lock} says, with these additions:
 *
 * <ul>
 *   <li>A lock of a cluster can be lost. {@link #unlock} of a lost hold leaves it, so that the
 *       thread may lock anew, and throws {@link LockLostException}: what was done under it may have
 *       overlapped with another holder. Until all its levels are unlocked, {@code lock()} throws it
 *       as well. {@link #token} gives the number that a resource compares.
 *   <li>{@code lock()} and {@code tryLock()} throw {@link SessionLostException} when the session
 *       has ended, and {@code tryLock()} {@link UnavailableException} when no node answers.
 *   <li>{@link #lock} is not ended by an interrupt; the thread is interrupted when it returns.
 * </ul>
 *
 * Thread-safe. Each adapter counts for itself which thread locked through it: unlock with the one
 * that locked.
 */
public final class JavaLock implements Lock {
  private final SessionLink link;
  private final String name;
  private final boolean write;
  private final ReentrantLock guard = new ReentrantLock();
  private final Map<Thread, Deque<Reentry>> entries = new HashMap<>();

  JavaLock(SessionLink link, String name, boolean write) {
    this.link = link;
    this.name = name;
    this.write = write;
  }

  @Override
  public void lock() {
    try {
      enter(null, Patience.UNINTERRUPTIBLE);
    } catch (InterruptedException e) {
      throw new AssertionError("waited for uninterruptibly", e);
    }
  }

  @Override
  public void lockInterruptibly() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    enter(null, Patience.INTERRUPTIBLE);
  }

  /** Asks a node: takes as long as an answer does. */
  @Override
  public boolean tryLock() {
    return tryEnter(Duration.ZERO, Patience.UNINTERRUPTIBLE);
  }

  @Override
  public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Duration wait = Duration.ofNanos(Math.max(0, unit.toNanos(time)));
    try {
      enter(wait, Patience.INTERRUPTIBLE);
      return true;
    } catch (WaitTimeoutException e) {
      return false;
    }
  }

  private boolean tryEnter(Duration wait, Patience patience) {
    try {
      enter(wait, patience);
      return true;
    } catch (WaitTimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError("waited for uninterruptibly", e);
    }
  }

  private void enter(@Nullable Duration wait, Patience patience) throws InterruptedException {
    Thread owner = Thread.currentThread();
    Reentry entry = link.owned.enter(name, owner, write, wait, patience);
    guard.lock();
    try {
      entries.computeIfAbsent(owner, same -> new ArrayDeque<>()).push(entry);
    } finally {
      guard.unlock();
    }
  }

  /**
   * @throws IllegalMonitorStateException when this thread has not locked it
   * @throws LockLostException when it has, and the lock was lost since; it is unlocked all the same
   */
  @Override
  public void unlock() {
    Reentry entry = pop();
    if (entry == null) {
      throw new IllegalMonitorStateException(
          name + " is not locked by " + Thread.currentThread().getName());
    }
    if (!entry.leave()) {
      throw new LockLostException(
          name + " was lost before it was unlocked: " + entry.hold().state());
    }
  }

  private @Nullable Reentry pop() {
    Thread owner = Thread.currentThread();
    guard.lock();
    try {
      Deque<Reentry> mine = entries.get(owner);
      if (mine == null) {
        return null;
      }
      Reentry last = mine.pop();
      if (mine.isEmpty()) {
        entries.remove(owner);
      }
      return last;
    } finally {
      guard.unlock();
    }
  }

  private @Nullable Reentry peek() {
    guard.lock();
    try {
      Deque<Reentry> mine = entries.get(Thread.currentThread());
      return mine == null ? null : mine.peek();
    } finally {
      guard.unlock();
    }
  }

  /** A condition would need its waiters in the cluster. Watch an object, or use a semaphore. */
  @Override
  public Condition newCondition() {
    throw new UnsupportedOperationException("a lock of a cluster has no conditions");
  }

  /** True until the deadline, or the loss. Cheap. */
  public boolean isHeldByCurrentThread() {
    Reentry entry = peek();
    return entry != null && entry.isHeld();
  }

  /**
   * The fencing token of the present thread's hold.
   *
   * @throws IllegalMonitorStateException when this thread has not locked it
   */
  public long token() {
    return hold().token();
  }

  /**
   * The present thread's hold: state, deadline, listeners.
   *
   * @throws IllegalMonitorStateException when this thread has not locked it
   */
  public Hold hold() {
    Reentry entry = peek();
    if (entry == null) {
      throw new IllegalMonitorStateException(
          name + " is not locked by " + Thread.currentThread().getName());
    }
    return entry.hold();
  }
}
