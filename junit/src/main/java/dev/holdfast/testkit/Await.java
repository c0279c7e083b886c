// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition with a deadline, so that no test needs to guess a pause. */
public final class Await {
  private static final long SHORTEST_PAUSE_NANOS = 2_000_000;
  private static final long LONGEST_PAUSE_NANOS = 50_000_000;

  private Await() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @throws AssertionError with the description when it does not hold in time
   */
  public static void until(Duration deadline, String description, BooleanSupplier condition) {
    until(deadline, () -> description, condition);
  }

  /** {@link #until(Duration, String, BooleanSupplier)} with a description made when it fails. */
  public static void until(
      Duration deadline, Supplier<String> description, BooleanSupplier condition) {
    long begun = System.nanoTime();
    long end = begun + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Not within " + deadline + ": " + description.get());
      }
      pause(begun);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("Interrupted while waiting: " + description.get());
      }
    }
  }

  /**
   * Waits until a check throws no {@link AssertionError} any more; throws the last one at the end.
   */
  public static void untilPasses(Duration deadline, Runnable check) {
    long begun = System.nanoTime();
    long end = begun + deadline.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
          throw e;
        }
      }
      pause(begun);
    }
  }

  /**
   * In proportion to the wait so far: the condition is often a request, and what it is about needs
   * the processor more.
   */
  private static void pause(long begun) {
    long waited = System.nanoTime() - begun;
    LockSupport.parkNanos(
        Math.min(LONGEST_PAUSE_NANOS, Math.max(SHORTEST_PAUSE_NANOS, waited / 16)));
  }

  /** The result of a call, with checked exceptions turned into assertion errors. */
  public static <T> T get(Callable<T> call) {
    try {
      return call.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
