// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One lock, by its name, in one mode. Waiters are served in the order of their arrival. Every
 * acquisition is a new {@link Hold}, also by the same thread: two of them exclude each other.
 * Immutable, thread-safe.
 *
 * <p>Calls that wait may be interrupted; the request is then withdrawn before they return, or, when
 * no node answers within a second, in the background. It is never granted afterwards.
 */
public final class LockClient {
  private final SessionLink link;
  private final String name;
  private final LockMode mode;
  private final Duration delay;

  LockClient(SessionLink link, String name, LockMode mode) {
    this(link, name, mode, Duration.ZERO);
  }

  private LockClient(SessionLink link, String name, LockMode mode, Duration delay) {
    this.link = link;
    this.name = name;
    this.mode = mode;
    this.delay = delay;
  }

  public String name() {
    return name;
  }

  /** This lock, shared: with other shared holders, against exclusive ones. */
  public LockClient shared() {
    return new LockClient(link, name, LockMode.SHARED, delay);
  }

  /** This lock as a semaphore: {@code permits} of at most {@code max}. */
  public LockClient permits(int permits, int max) {
    return new LockClient(link, name, LockMode.permits(permits, max), delay);
  }

  /**
   * This lock with a lock delay: when the session of a holder expires, nobody else is granted the
   * lock for so long. For resources that cannot check tokens, and whose requests take no longer
   * than that. A release, or a session that is closed, passes the lock on at once.
   *
   * @param pause at most 10 minutes
   */
  public LockClient withDelay(Duration pause) {
    return new LockClient(link, name, mode, pause);
  }

  SessionLink link() {
    return link;
  }

  LockMode mode() {
    return mode;
  }

  private Hold ask(@Nullable Duration wait) {
    return link.acquire(new Ask(name, mode, wait, null, delay));
  }

  /**
   * Waits until the lock is granted or the session ends.
   *
   * @throws SessionLostException when the session ends first
   * @throws RefusedException when the lock cannot be had, such as by permits of another maximum
   */
  public Hold acquire() throws InterruptedException {
    return Hold.await(link, ask(null));
  }

  /**
   * Waits at most that long.
   *
   * @throws WaitTimeoutException when it was not granted in time
   */
  public Hold acquire(Duration wait) throws InterruptedException {
    return Hold.await(link, ask(wait));
  }

  /**
   * Takes the lock if it is free now; empty if it is not.
   *
   * @throws UnavailableException when no node answers; the request is being withdrawn
   */
  public Optional<Hold> tryAcquire() throws InterruptedException {
    return tryAcquire(Duration.ZERO);
  }

  /** Waits at most that long; empty when it was not granted in time. */
  public Optional<Hold> tryAcquire(Duration wait) throws InterruptedException {
    try {
      return Optional.of(acquire(wait));
    } catch (WaitTimeoutException e) {
      return Optional.empty();
    }
  }

  /** As {@link #acquire()}. Cancelling the future does nothing: release the {@link Hold}. */
  public CompletableFuture<Hold> acquireAsync() {
    return ask(null).granted();
  }

  /** As {@link #tryAcquire(Duration)}. */
  public CompletableFuture<Optional<Hold>> tryAcquireAsync(Duration wait) {
    return ask(wait)
        .granted()
        .handle((hold, error) -> {
          Throwable cause = error instanceof CompletionException ? error.getCause() : error;
          if (cause == null) {
            return Optional.of(hold);
          }
          if (cause instanceof WaitTimeoutException) {
            return Optional.<Hold>empty();
          }
          throw new CompletionException(cause);
        });
  }

  /**
   * Joins the queue and returns at once: the hold is PENDING, with its position, until it is
   * granted. Releasing it withdraws the request.
   */
  public Hold request() {
    return ask(null);
  }
}
