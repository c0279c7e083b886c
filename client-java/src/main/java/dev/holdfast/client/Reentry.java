// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One entry of an owner into a lock that it may enter again. The lock is given up with the last of
 * them, in whatever order and by whatever thread they are closed. Thread-safe.
 */
public final class Reentry implements AutoCloseable {
  private final OwnedHolds holds;
  private final String lock;
  private final Object owner;
  private final boolean write;
  private final Hold hold;
  private final AtomicBoolean closed = new AtomicBoolean();

  Reentry(OwnedHolds holds, String lock, Object owner, boolean write, Hold hold) {
    this.holds = holds;
    this.lock = lock;
    this.owner = owner;
    this.write = write;
    this.hold = hold;
  }

  /** What all entries of the owner share: its state, its deadline, its listeners. */
  public Hold hold() {
    return hold;
  }

  /** Of the hold: rises when it is downgraded. */
  public long token() {
    return hold.token();
  }

  public Fence fence() {
    return hold.fence();
  }

  public boolean isHeld() {
    return !closed.get() && hold.isHeld();
  }

  /**
   * @throws LockLostException unless it is held, and this entry is open
   */
  public void check() {
    if (closed.get()) {
      throw new LockLostException("this entry into " + lock + " was closed");
    }
    hold.check();
  }

  /** Leaves once; repeated calls do nothing. Never throws on a hold that was lost. */
  @Override
  public void close() {
    leave();
  }

  /** Whether the lock was held until now, or this was closed before. */
  boolean leave() {
    return !closed.compareAndSet(false, true) || holds.leave(lock, owner, write);
  }
}
