// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.OwnedHolds.Patience;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A lock that its owner may enter again. The owner is an object of the program, compared by
 * identity: a task, a request, an actor. It is no thread, so an owner may go on another one; for
 * the owner that is a thread there is {@link #asJavaLock}. Entries of one owner are counted over
 * the whole session, through whichever client of this lock they came. Immutable, thread-safe.
 *
 * <p>If the lock is lost while an owner is inside, entering again throws {@link LockLostException}
 * until all its entries are closed: no code that was inside ever finds itself under another token.
 */
public final class ReentrantLockClient {
  private final SessionLink link;
  private final String name;
  private final boolean write;

  ReentrantLockClient(SessionLink link, String name) {
    this(link, name, true);
  }

  ReentrantLockClient(SessionLink link, String name, boolean write) {
    this.link = link;
    this.name = name;
    this.write = write;
  }

  public String name() {
    return name;
  }

  /**
   * Waits until the owner holds the lock; at once when it does.
   *
   * @throws LockLostException when the owner is inside and has lost the lock
   * @throws SessionLostException when the session ends first
   * @throws RefusedException code {@code UPGRADE_REFUSED} when the owner holds it for reading
   */
  public Reentry acquire(Object owner) throws InterruptedException {
    return enter(owner, null);
  }

  /**
   * Waits at most that long.
   *
   * @throws WaitTimeoutException when it was not granted in time
   */
  public Reentry acquire(Object owner, Duration wait) throws InterruptedException {
    return enter(owner, wait);
  }

  /** Enters if that is possible now; empty if it is not. */
  public Optional<Reentry> tryAcquire(Object owner) throws InterruptedException {
    return tryAcquire(owner, Duration.ZERO);
  }

  /** Waits at most that long; empty when it was not granted in time. */
  public Optional<Reentry> tryAcquire(Object owner, Duration wait) throws InterruptedException {
    try {
      return Optional.of(enter(owner, wait));
    } catch (WaitTimeoutException e) {
      return Optional.empty();
    }
  }

  /** How often the owner is inside now. */
  public int count(Object owner) {
    return link.owned.count(name, owner, write);
  }

  /** This lock with the present thread as the owner. */
  public JavaLock asJavaLock() {
    return new JavaLock(link, name, write);
  }

  private Reentry enter(Object owner, @Nullable Duration wait) throws InterruptedException {
    return link.owned.enter(name, owner, write, wait, Patience.INTERRUPTIBLE);
  }
}
