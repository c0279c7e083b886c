package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
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

  LockClient(SessionLink link, String name, LockMode mode) {
    this.link = link;
    this.name = name;
    this.mode = mode;
  }

  public String name() {
    return name;
  }

  /** This lock, shared: with other shared holders, against exclusive ones. */
  public LockClient shared() {
    return new LockClient(link, name, LockMode.SHARED);
  }

  /** This lock as a semaphore: {@code permits} of at most {@code max}. */
  public LockClient permits(int permits, int max) {
    return new LockClient(link, name, LockMode.permits(permits, max));
  }

  /**
   * Waits until the lock is granted or the session ends.
   *
   * @throws SessionLostException when the session ends first
   * @throws RefusedException when the lock cannot be had, such as by permits of another maximum
   */
  public Hold acquire() throws InterruptedException {
    return await(link.acquire(name, mode, null));
  }

  /**
   * Waits at most that long.
   *
   * @throws WaitTimeoutException when it was not granted in time
   */
  public Hold acquire(Duration wait) throws InterruptedException {
    return await(link.acquire(name, mode, wait));
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
    return link.acquire(name, mode, null).granted();
  }

  /** As {@link #tryAcquire(Duration)}. */
  public CompletableFuture<Optional<Hold>> tryAcquireAsync(Duration wait) {
    return link.acquire(name, mode, wait)
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
    return link.acquire(name, mode, null);
  }

  private Hold await(Hold hold) throws InterruptedException {
    try {
      return hold.granted.get();
    } catch (InterruptedException e) {
      link.withdrawAndWait(hold);
      throw e;
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    }
  }

  /** The same error, with the caller's stack: the original one is of an inner thread. */
  static HoldfastException rethrown(@Nullable Throwable cause) {
    if (cause instanceof HoldfastException known) {
      StackTraceElement[] here = new Throwable().getStackTrace();
      known.setStackTrace(here);
      return known;
    }
    throw new AssertionError("only Holdfast's errors complete a hold", cause);
  }
}
