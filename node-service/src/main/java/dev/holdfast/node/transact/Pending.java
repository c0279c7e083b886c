package dev.holdfast.node.transact;

import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command that waits in a lane, and the reply that somebody waits for. */
final class Pending<C, R> {
  final C command;
  final CompletableFuture<Settled<R>> settled = new CompletableFuture<>();

  Pending(C command) {
    this.command = command;
  }

  void settle(Settled<R> reply) {
    settled.complete(reply);
  }

  void fail(RuntimeException error) {
    settled.completeExceptionally(error);
  }

  Settled<R> await(Lane<C, R> lane, Duration timeout) {
    try {
      return settled.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw gaveUp(lane, "no answer within " + timeout, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw gaveUp(lane, "interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private RuntimeException gaveUp(Lane<C, R> lane, String why, Exception cause) {
    return lane.withdraw(this)
        ? new UnavailableException("The command was still queued: " + why, cause)
        : new OutcomeUnknownException("The command was handed over: " + why, cause);
  }
}
