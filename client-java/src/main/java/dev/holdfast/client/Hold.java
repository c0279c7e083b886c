// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One acquisition of a lock, from the request to its end: {@code PENDING → HELD ⇄ AT_RISK → LOST |
 * RELEASED}. It belongs to its session, not to a thread: any thread may check or release it.
 * Thread-safe.
 *
 * <p>A program may be paused for longer than its session lives and not notice. {@link #isHeld} and
 * {@link #check} compare with the clock each time, but the pause may come right after them: what
 * must not happen twice is guarded by the {@link #token}, which the resource compares.
 */
public final class Hold implements AutoCloseable {
  final HoldSession link;
  final String holder;
  final CompletableFuture<Hold> granted = new CompletableFuture<>();

  /** Completes when the cluster has confirmed its end, or the session has ended. */
  final CompletableFuture<Void> over = new CompletableFuture<>();

  final Listeners<HoldState> listeners;
  final HoldLife life;
  private final String lock;

  // Written by its life under the session's guard, read anywhere.
  volatile HoldState state = HoldState.PENDING;
  volatile LockMode mode;
  volatile long token;
  volatile long position;
  volatile @Nullable String lostBecause;

  Hold(HoldSession link, HoldLife life, String lock, String holder, LockMode mode) {
    this.link = link;
    this.life = life;
    this.lock = lock;
    this.holder = holder;
    this.mode = mode;
    this.listeners = new Listeners<>(link.events());
  }

  public String lock() {
    return lock;
  }

  /** The owner inside the session, fresh for each acquisition. */
  public String holder() {
    return holder;
  }

  public LockMode mode() {
    return mode;
  }

  /**
   * The fencing token: rises with each grant of this lock. Hand it to whatever the lock protects.
   * It stays the same until the hold ends, but for {@link #downgrade}.
   *
   * @throws IllegalStateException before the grant
   */
  public long token() {
    long granted = token;
    if (granted == 0) {
      throw new IllegalStateException("not granted: " + lock + " is " + state);
    }
    return granted;
  }

  /** For {@link WriteOptions#fence}: the write is refused once the lock has moved on. */
  public Fence fence() {
    return new Fence(lock, token());
  }

  public HoldState state() {
    link.expireIfDue();
    return state;
  }

  /** The place in the queue while PENDING, 1 is next; 0 when it is not known, or granted. */
  public long position() {
    return position;
  }

  /** True until the deadline, or the loss. Cheap: a look at two fields and the clock. */
  public boolean isHeld() {
    HoldState now = state;
    return (now == HoldState.HELD || now == HoldState.AT_RISK) && link.isAlive();
  }

  /**
   * @throws LockLostException unless {@link #isHeld()}
   */
  public void check() {
    if (!isHeld()) {
      String because = lostBecause;
      throw new LockLostException(
          lock + " is " + state() + (because == null ? "" : ": " + because));
    }
  }

  /** How long it is surely held if no renewal succeeds any more; zero when it is not held. */
  public Duration remaining() {
    return isHeld() ? link.remaining() : Duration.ZERO;
  }

  /**
   * Tells each new state, in order, on the events thread. Do not block it: the other listeners of
   * this client wait behind it. A listener that is added late is not told what was before.
   */
  public Hold onChange(Consumer<HoldState> listener) {
    listeners.add(listener);
    return this;
  }

  /** Takes back {@link #onChange}. */
  public Hold removeListener(Consumer<HoldState> listener) {
    listeners.remove(listener);
    return this;
  }

  /** Completes with this hold when it is granted, exceptionally when it never will be. */
  public CompletableFuture<Hold> granted() {
    return granted.thenApplyAsync(hold -> hold, link.events());
  }

  /**
   * Makes this exclusive hold a shared one, with no writer in between, and waits until the cluster
   * has confirmed it. From then on it has a new {@link #token}, and writes under the old one are
   * refused: also those that are still on their way. There is no upgrade.
   *
   * @throws LockLostException when it is not held any more
   * @throws RefusedException code {@code NOT_EXCLUSIVE} when it is not an exclusive hold
   */
  public void downgrade() {
    try {
      Uninterruptibly.get(link.downgrade(this));
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    }
  }

  /**
   * Gives the lock up, or withdraws the request. Returns as soon as that is handed over, so that
   * the next request can share its commit: the session repeats it until a node answers. Repeated
   * calls do nothing.
   */
  public void release() {
    link.release(this);
  }

  /**
   * Like {@link #release}; completes when the cluster has confirmed it, or when the session has
   * ended, which releases it as well.
   */
  public CompletableFuture<Void> releaseAsync() {
    link.release(this);
    return over.thenRunAsync(() -> {}, link.events());
  }

  /** {@link #release}. */
  @Override
  public void close() {
    release();
  }

  @Override
  public String toString() {
    return "hold of " + lock + " by " + holder + ": " + state + (token == 0 ? "" : " " + token);
  }

  /** Waits for the grant; an interrupt withdraws the request. */
  static Hold await(HoldSession link, Hold hold) throws InterruptedException {
    try {
      return hold.granted.get();
    } catch (InterruptedException e) {
      link.withdrawAndWait(hold);
      throw e;
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    }
  }

  /** As {@link #await}; an interrupt changes nothing and is kept. */
  static Hold awaitUninterruptibly(Hold hold) {
    try {
      return Uninterruptibly.get(hold.granted);
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    }
  }
}
