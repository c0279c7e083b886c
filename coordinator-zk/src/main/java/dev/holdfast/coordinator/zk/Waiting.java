// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for answers until a deadline of {@link System#nanoTime()}. */
final class Waiting {
  private Waiting() {}

  static long deadline(Duration timeout) {
    return System.nanoTime() + Math.min(timeout.toNanos(), Long.MAX_VALUE / 4);
  }

  /**
   * @throws UnavailableException there is no time for another attempt
   */
  static void requireTime(long deadline, @Nullable CoordinatorException cause) {
    if (System.nanoTime() - deadline >= 0) {
      throw new UnavailableException("Not applied in time", cause);
    }
  }

  /**
   * @throws UnavailableException when there is none in time: for reads, which may be repeated
   */
  static <T extends @Nullable Object> T forAnswer(CompletableFuture<T> request, long deadline)
      throws InterruptedException {
    try {
      return request.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new UnavailableException("ZooKeeper did not answer in time", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CoordinatorException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
