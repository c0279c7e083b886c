// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, with a deadline, and says what did not come. */
final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + LIMIT + ": " + what);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** Lets fake time run in small steps meanwhile, so that retries come due. */
  static void until(String what, FakeTime time, Duration step, BooleanSupplier condition) {
    until(
        what,
        () -> {
          if (condition.getAsBoolean()) {
            return true;
          }
          time.advance(step);
          return condition.getAsBoolean();
        });
  }
}
