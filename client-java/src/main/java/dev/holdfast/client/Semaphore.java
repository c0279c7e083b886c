// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.LockBodies;
import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A semaphore: so many permits for all holders together, given in the order of the requests, so a
 * small request behind a large one waits. What is acquired together is released together, by its
 * {@link Hold}, from any thread. Permits of a session that ends come back. At most 256 holds at a
 * time, however many permits there are: take several with one hold. Immutable, thread-safe.
 */
public final class Semaphore {
  private final SessionLink link;
  private final String name;
  private final int max;

  Semaphore(SessionLink link, String name, int max) {
    LockMode.permits(1, max); // Says what is wrong with the number.
    this.link = link;
    this.name = name;
    this.max = max;
  }

  public String name() {
    return name;
  }

  public int max() {
    return max;
  }

  /** One permit; as {@link #acquire(int)}. */
  public Hold acquire() throws InterruptedException {
    return acquire(1);
  }

  /**
   * Waits for so many permits.
   *
   * @param permits 1 to {@link #max}
   * @throws RefusedException code {@code MODE_MISMATCH} when others use this semaphore with another
   *     maximum, or its name as a lock
   * @throws SessionLostException when the session ends first
   */
  public Hold acquire(int permits) throws InterruptedException {
    return lock(permits).acquire();
  }

  /**
   * Waits at most that long.
   *
   * @throws WaitTimeoutException when they were not granted in time
   */
  public Hold acquire(int permits, Duration wait) throws InterruptedException {
    return lock(permits).acquire(wait);
  }

  /** Takes so many permits if they are free and nobody waits; empty if not. */
  public Optional<Hold> tryAcquire(int permits) throws InterruptedException {
    return lock(permits).tryAcquire();
  }

  /** Waits at most that long; empty when they were not granted in time. */
  public Optional<Hold> tryAcquire(int permits, Duration wait) throws InterruptedException {
    return lock(permits).tryAcquire(wait);
  }

  /** As {@link #acquire(int)}. */
  public CompletableFuture<Hold> acquireAsync(int permits) {
    return lock(permits).acquireAsync();
  }

  private LockClient lock(int permits) {
    return new LockClient(link, name, LockMode.permits(permits, max));
  }

  /**
   * The permits that nobody holds, linearizably. They may be gone when this returns, or promised to
   * those who wait.
   *
   * @throws RefusedException code {@code MODE_MISMATCH} as {@link #acquire(int)}
   * @throws UnavailableException when no node answered
   */
  public int availablePermits() {
    LockBodies.View view =
        link.runtime().read("/v1/locks/" + UriText.path(name), LockBodies.View.class);
    int held = 0;
    for (LockBodies.Holder holder : view.holders()) {
      if (!(holder.mode() instanceof LockMode.Permits permits) || permits.max() != max) {
        throw new RefusedException(
            "MODE_MISMATCH",
            name + " is in use as " + holder.mode().text() + ", not with a maximum of " + max,
            "use the same maximum everywhere");
      }
      held += permits.permits();
    }
    return max - held;
  }
}
