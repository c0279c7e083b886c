// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.node.object.ReplicaMover;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Lets through so many bytes a second, all moves of this node together. Thread-safe. */
final class RepairPace implements ReplicaMover.Throttle {
  private final long bytesPerSecond;
  private final LongSupplier nanos;
  private final LongConsumer copied;

  /** Guards what follows. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition ended = lock.newCondition();
  private long freeAtNanos;
  private boolean isEnded;

  /**
   * @param copied told of bytes that were let through
   */
  RepairPace(long bytesPerSecond, LongSupplier nanos, LongConsumer copied) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanos = nanos;
    this.copied = copied;
    this.freeAtNanos = nanos.getAsLong();
  }

  @Override
  public boolean admit(long bytes) {
    lock.lock();
    try {
      long now = nanos.getAsLong();
      long begins = Math.max(now, freeAtNanos);
      freeAtNanos =
          begins + (long) (bytes * (double) Duration.ofSeconds(1).toNanos() / bytesPerSecond);
      long left = begins - now;
      while (left > 0 && !isEnded) {
        left = ended.awaitNanos(left);
      }
      if (!isEnded) {
        copied.accept(bytes);
      }
      return !isEnded;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Whoever waits is refused. */
  void end() {
    lock.lock();
    try {
      isEnded = true;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isEnded() {
    lock.lock();
    try {
      return isEnded;
    } finally {
      lock.unlock();
    }
  }
}
