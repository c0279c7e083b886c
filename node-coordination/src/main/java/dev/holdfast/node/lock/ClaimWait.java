// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request's wait for its claim to be granted or to go. Told by the watch thread. */
final class ClaimWait implements Consumer<Observation> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Observation latest;
  private boolean gone;
  private boolean ended;

  @Override
  public void accept(Observation now) {
    lock.lock();
    try {
      if (latest == null || latest.revision() <= now.revision()) {
        latest = now;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The client has gone: nobody waits any more. */
  void leave() {
    lock.lock();
    try {
      gone = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** This node stops: there is no more time to wait, and the client is still there. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isGone() {
    lock.lock();
    try {
      return gone;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the claim is no longer that of a waiter.
   *
   * @param since revision of the commit that enqueued it; what was seen before it is of an earlier
   *     request of the same owner
   * @return null when the wait is over, or the client has gone, or this node stops
   */
  @Nullable Observation await(long since, Duration wait) throws InterruptedException {
    long nanos = wait.toNanos();
    lock.lock();
    try {
      while (!gone && !ended && nanos > 0) {
        Observation now = latest;
        if (now != null && now.revision() >= since && !isWaiting(now)) {
          return now;
        }
        nanos = changed.awaitNanos(nanos);
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isWaiting(Observation now) {
    Entry claim = now.entry();
    return claim != null && ClaimCodec.decode(claim.value()) instanceof Claim.Waiting;
  }
}
