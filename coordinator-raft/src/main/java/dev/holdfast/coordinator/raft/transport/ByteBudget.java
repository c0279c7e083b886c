// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The bytes that all connections together may hold: what is being received or handled, and what
 * waits for peers that read slowly. Thread-safe.
 */
final class ByteBudget {
  /** So few bytes are not worth counting: the number of connections bounds them. */
  static final int FREE_BYTES = 64 * 1024;

  private final Semaphore left;

  ByteBudget(int bytes) {
    this.left = new Semaphore(bytes);
  }

  /**
   * Waits until so much is free.
   *
   * @throws IOException when it is not in time
   */
  void take(int bytes, Duration patience) throws IOException {
    try {
      if (bytes > FREE_BYTES && !left.tryAcquire(bytes, patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException(
            "The memory for frames of Raft servers is used up, and %d bytes more arrive"
                .formatted(bytes));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a frame waited for memory", e);
    }
  }

  /** Never waits. */
  boolean tryTake(int bytes) {
    return bytes <= FREE_BYTES || left.tryAcquire(bytes);
  }

  void giveBack(int bytes) {
    if (bytes > FREE_BYTES) {
      left.release(bytes);
    }
  }

  int leftBytes() {
    return left.availablePermits();
  }
}
