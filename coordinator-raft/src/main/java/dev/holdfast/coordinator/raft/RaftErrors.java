// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The one place where failures of Ratis and of waiting become those of the contract. */
final class RaftErrors {
  private RaftErrors() {}

  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** For what certainly had no effect. */
  static CoordinatorException unavailable(String what, Throwable failure) {
    Throwable cause = unwrap(failure);
    return cause instanceof CoordinatorException known
        ? known
        : new UnavailableException(what + ": " + cause, cause);
  }

  /** Waits for something that has no effect, so that giving up is safe. */
  static <T> T await(CompletableFuture<T> future, Deadline deadline, String what) {
    try {
      return future.get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new UnavailableException(what + " took too long", e);
    } catch (ExecutionException e) {
      throw unavailable(what + " failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException(what + " was interrupted", e);
    }
  }

  static OutcomeUnknownException unknown(String what) {
    return new OutcomeUnknownException(
        what + " was handed over and not answered in time. Read before you retry.");
  }
}
