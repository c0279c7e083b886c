// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for answers until a {@link Deadline}. */
final class Waiting {
  private Waiting() {}

  /**
   * @throws UnavailableException there is no time for another attempt
   */
  static void requireTime(Deadline deadline, @Nullable CoordinatorException cause) {
    if (deadline.hasPassed()) {
      throw new UnavailableException("Not applied in time", cause);
    }
  }

  /**
   * @throws UnavailableException when there is none in time: for reads, which may be repeated
   */
  static <T extends @Nullable Object> T forAnswer(CompletableFuture<T> request, Deadline deadline)
      throws InterruptedException {
    try {
      return request.get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
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
