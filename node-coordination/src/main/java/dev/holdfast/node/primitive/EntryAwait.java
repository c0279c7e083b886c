// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Waits until an entry is as somebody waits for it to be. */
final class EntryAwait {
  private final Coordinator coordinator;
  private final EntryBoard board;

  EntryAwait(Coordinator coordinator, EntryBoard board) {
    this.coordinator = coordinator;
    this.board = board;
  }

  /**
   * @param first as it was read last
   * @param isOver once true for an entry, true for each later state of it
   * @return how it is when the wait ends
   */
  Observation until(Observation first, Predicate<Observation> isOver, Duration wait) {
    EntryKey key = first.key();
    if (isOver.test(first) || wait.isZero()) {
      return first;
    }
    CompletableFuture<Observation> over = new CompletableFuture<>();
    try (EntryBoard.Interest _ =
        board.follow(
            key,
            now -> {
              if (isOver.test(now)) {
                over.complete(now);
              }
            })) {
      // What changed before the interest began is not told: look once more.
      Observation second = coordinator.readLocal(key).observation();
      if (second.revision() >= first.revision() && isOver.test(second)) {
        return second;
      }
      return over.get(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      Observation now = coordinator.readLocal(key).observation();
      return now.revision() >= first.revision() ? now : first;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Never completed exceptionally", e);
    }
  }
}
