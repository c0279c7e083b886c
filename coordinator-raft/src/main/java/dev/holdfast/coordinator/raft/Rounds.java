// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shares the rounds of a proof: whoever arrives while one is under way joins the next, which begins
 * after the arrival. One round at a time, so a thousand callers cost two rounds.
 */
final class Rounds<T> {
  private final Supplier<CompletableFuture<T>> round;
  private final Executor executor;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable CompletableFuture<T> next;
  private boolean running;

  Rounds(Supplier<CompletableFuture<T>> round, Executor executor) {
    this.round = round;
    this.executor = executor;
  }

  /** The result of a round that begins after this call. */
  CompletableFuture<T> join() {
    CompletableFuture<T> joined;
    boolean begin;
    lock.lock();
    try {
      joined = next != null ? next : new CompletableFuture<>();
      begin = !running;
      running = true;
      next = begin ? null : joined;
    } finally {
      lock.unlock();
    }
    if (begin) {
      run(joined);
    }
    return joined;
  }

  private void run(CompletableFuture<T> waiting) {
    var _ =
        begin()
            .whenComplete((value, failure) -> {
              CompletableFuture<T> following = follow();
              if (following != null) {
                executor.execute(() -> run(following));
              }
              if (failure != null) {
                waiting.completeExceptionally(failure);
              } else {
                waiting.complete(value);
              }
            });
  }

  private CompletableFuture<T> begin() {
    try {
      return round.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private @Nullable CompletableFuture<T> follow() {
    lock.lock();
    try {
      CompletableFuture<T> following = next;
      next = null;
      running = following != null;
      return following;
    } finally {
      lock.unlock();
    }
  }
}
