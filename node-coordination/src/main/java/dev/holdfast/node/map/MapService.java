// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.map.MapAttempt;
import dev.holdfast.core.map.MapChange;
import dev.holdfast.core.map.MapReply;
import dev.holdfast.core.map.MapWrite;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.transact.SlotMemory;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads and writes of maps, as scripts of their use cases. Thread-safe. */
public final class MapService {
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final int ATTEMPTS_MAX = 50;

  /** Each takes some hundred kilobytes while it is read, whatever of that its client wants. */
  private static final int PAGES_AT_ONCE_MAX = 16;

  private final Coordinator coordinator;
  private final MapBoard board;
  private final long maxStateBytes;
  private final Semaphore pages = new Semaphore(PAGES_AT_ONCE_MAX, true);

  /**
   * @param maxStateBytes that the keys and values of all maps may have together
   */
  public MapService(Coordinator coordinator, MapBoard board, long maxStateBytes) {
    this.coordinator = coordinator;
    this.board = board;
    this.maxStateBytes = maxStateBytes;
  }

  public long maxStateBytes() {
    return maxStateBytes;
  }

  /**
   * A watch of a map, not open yet.
   *
   * @param onWork called when there is something to take, and nobody was told before; on the
   *     watch's thread
   */
  public MapSubscription watch(String map, String prefix, Runnable onWork) {
    return new MapSubscription(board, map, prefix, onWork);
  }

  /**
   * Commits a write, over conflicts that say nothing about it. Does not block: what hangs on the
   * result must not either.
   *
   * @param slots of the connection; null when the write has no operation
   * @return fails as {@link Coordinator#commit} throws
   */
  public CompletableFuture<MapOutcome> write(MapWrite write, @Nullable SlotMemory slots) {
    CompletableFuture<MapOutcome> result = new CompletableFuture<>();
    try {
      Operation operation = write.operation();
      Observation slot =
          operation == null || slots == null ? null : slots.latest(operation.slotKey());
      MapAttempt attempt = MapAttempt.first(write, slot, absentSince(write));
      MapAttempt.Step step = attempt.step();
      if (step instanceof MapAttempt.Step.Commit && isTooLarge(write)) {
        step = attempt.refuse(new MapReply.StateTooLarge(maxStateBytes), 0);
      }
      run(attempt, step, slots, 1, result);
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  /** For keys that must be absent: at this revision they were, as far as this node knows. */
  private long absentSince(MapWrite write) {
    for (MapChange change : write.changes()) {
      if (change.expected() == MapChange.ABSENT) {
        return coordinator.readLocal(change.key()).observation().revision();
      }
    }
    return 0;
  }

  private boolean isTooLarge(MapWrite write) {
    return write.hasPuts() && board.bytes() + board.growth(write.changes()) > maxStateBytes;
  }

  private void run(
      MapAttempt attempt,
      MapAttempt.Step step,
      @Nullable SlotMemory slots,
      int number,
      CompletableFuture<MapOutcome> result) {
    switch (step) {
      case MapAttempt.Step.Answer(MapReply reply, long revision) ->
          result.complete(new MapOutcome(reply, revision));
      case MapAttempt.Step.Retry(MapAttempt next) -> run(next, next.step(), slots, number, result);
      case MapAttempt.Step.Commit(Transaction transaction) -> {
        if (number > ATTEMPTS_MAX) {
          result.completeExceptionally(
              new UnavailableException("Contended over " + ATTEMPTS_MAX + " attempts"));
          return;
        }
        var _ =
            coordinator
                .commitAsync(transaction, TIMEOUT)
                .whenComplete((answer, error) -> {
                  try {
                    settle(attempt, transaction, slots, number, answer, error, result);
                  } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                  }
                });
      }
    }
  }

  private void settle(
      MapAttempt attempt,
      Transaction transaction,
      @Nullable SlotMemory slots,
      int number,
      @Nullable CommitResult answer,
      @Nullable Throwable error,
      CompletableFuture<MapOutcome> result) {
    switch (answer) {
      case null ->
          result.completeExceptionally(
              error instanceof CompletionException && error.getCause() != null
                  ? error.getCause()
                  : error == null ? new IllegalStateException("no answer") : error);
      case CommitResult.Committed(long revision) -> {
        remember(attempt, transaction, revision, slots);
        result.complete(new MapOutcome(attempt.committed(), revision));
      }
      case CommitResult.Conflict(List<Observation> failed) -> {
        Operation operation = attempt.write().operation();
        if (slots != null && operation != null) {
          failed.stream()
              .filter(now -> now.key().equals(operation.slotKey()))
              .forEach(slots::learn);
        }
        run(attempt, attempt.afterConflict(failed), slots, number + 1, result);
      }
    }
  }

  private static void remember(
      MapAttempt attempt, Transaction transaction, long revision, @Nullable SlotMemory slots) {
    if (slots == null || attempt.slot() == null) {
      return;
    }
    // The slot's change is the first one: see SlotView.remember.
    if (transaction.changes().getFirst() instanceof Change.Put(EntryKey key, Bytes value)) {
      slots.learn(
          new Observation(
              key,
              new Entry(key, value, revision, revision),
              attempt.slot().lastDeleted(),
              revision));
    }
  }

  /** Linearizable. */
  public Observation read(String map, String key) {
    return coordinator.read(Keys.mapEntry(map, key), TIMEOUT);
  }

  /** What this node has applied. */
  public Coordinator.LocalObservation readLocal(String map, String key) {
    return coordinator.readLocal(Keys.mapEntry(map, key));
  }

  /**
   * The first page is linearizable as {@link Coordinator#scan} is; blocks. Empty when the pages of
   * others took too long; may be retried.
   */
  public Optional<MapPage> list(MapPage.Query query) {
    try {
      if (!pages.tryAcquire(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        return Optional.empty();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Interrupted", e);
    }
    try {
      return Optional.of(MapPage.read(coordinator, query, TIMEOUT));
    } finally {
      pages.release();
    }
  }

  public MapBoard.Totals totals(String map) {
    return board.totals(map);
  }

  public long allBytes() {
    return board.bytes();
  }

  public long appliedRevision() {
    return coordinator.status().appliedRevision();
  }
}
