// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A command that waits in a queue, and the reply that somebody waits for. */
final class Pending<C, R> {
  final C command;
  final CompletableFuture<Settled<R>> settled = new CompletableFuture<>();

  /** When whoever has no thread to wait with gives up; null when a thread looks at the clock. */
  private final @Nullable Deadline deadline;

  Pending(C command) {
    this.command = command;
    this.deadline = null;
  }

  Pending(C command, Deadline deadline) {
    this.command = command;
    this.deadline = deadline;
  }

  /** For one that was just taken: when it has waited too long, it is answered so. */
  boolean refusedAsOverdue() {
    if (deadline == null || !deadline.hasPassed()) {
      return false;
    }
    fail(new UnavailableException("The command was still queued when its time was over"));
    return true;
  }

  void settle(Settled<R> reply) {
    settled.complete(reply);
  }

  void fail(RuntimeException error) {
    settled.completeExceptionally(error);
  }

  Settled<R> await(CommandQueue<C, R> queue, Duration timeout) {
    try {
      return settled.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw gaveUp(queue, "no answer within " + timeout, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw gaveUp(queue, "interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private RuntimeException gaveUp(CommandQueue<C, R> queue, String why, Exception cause) {
    return queue.withdraw(this)
        ? new UnavailableException("The command was still queued: " + why, cause)
        : new OutcomeUnknownException("The command was handed over: " + why, cause);
  }
}
