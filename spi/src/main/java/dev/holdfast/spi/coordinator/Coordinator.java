// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.EntryKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Agreement on entries. All methods are thread-safe and may be called from virtual threads; those
 * with a timeout block, and hold no monitor while they do.
 *
 * <p><b>Revision</b>: a number that rises by one with every applied transaction that changes
 * something, over restart, snapshot, fail-over, restore and change of backend.
 *
 * <p><b>Durability</b>: what was acknowledged has been fsynced by a majority.
 *
 * <p><b>Errors</b>: {@link UnavailableException} (certainly not applied, retry), {@link
 * OutcomeUnknownException} (may have been applied or may yet be; commits only), {@link
 * LimitExceededException} (never applied, do not retry), {@link CoordinatorFailedException} (this
 * process must end).
 */
public interface Coordinator extends AutoCloseable {

  /**
   * Linearizable: sees every commit that was acknowledged anywhere before the call. All keys are
   * seen at one revision. Concurrent calls share their proof.
   *
   * @throws UnavailableException when no majority answered in time; may be retried
   */
  List<Observation> read(List<EntryKey> keys, Duration timeout);

  /** {@link #read(List, Duration)} of one key. */
  default Observation read(EntryKey key, Duration timeout) {
    return read(List.of(key), timeout).getFirst();
  }

  /**
   * What this process has applied, without agreement: may be old, never blocks on the network, and
   * needs no retry: it fails only with {@link CoordinatorFailedException}.
   */
  LocalObservation readLocal(EntryKey key);

  /**
   * A page of the keys that start with a prefix, in the backend's order, each entry as of some
   * moment during the call.
   *
   * @param after the {@link Page#next()} of the previous page, null for the first
   * @param limit at most this many entries, 1 to 10,000
   * @throws IllegalArgumentException another limit
   * @throws UnavailableException when no majority answered in time; may be retried
   */
  Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout);

  /**
   * {@link #scan} of what this process has applied, without agreement.
   *
   * @throws IllegalArgumentException a limit that is not 1 to 10,000
   */
  Page scanLocal(String prefix, @Nullable EntryKey after, int limit);

  /**
   * Applies a transaction if all its conditions hold.
   *
   * @throws UnavailableException never handed over; may be retried
   * @throws OutcomeUnknownException handed over, and no answer in time. Read before you retry.
   */
  CommitResult commit(Transaction transaction, Duration timeout);

  /**
   * {@link #commit} without a thread that waits. Never throws: what {@code commit} would throw
   * completes the stage. The stage completes on a thread of the coordinator, and what hangs on it
   * must not block.
   *
   * @param timeout may be overrun by a moment
   */
  default CompletionStage<CommitResult> commitAsync(Transaction transaction, Duration timeout) {
    CompletableFuture<CommitResult> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("commit")
        .start(() -> {
          try {
            result.complete(commit(transaction, timeout));
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /**
   * Tells the listener where it starts, then every key with this prefix at least once after each
   * change (values between may merge), revisions per key rising; or asks for a new scan (R6). Calls
   * come one at a time, on a thread of the coordinator, and should return quickly.
   */
  Watch watch(String prefix, WatchListener listener);

  /** The lease of this process: its proof of life to the cluster. */
  NodeLease lease();

  CoordinatorStatus status();

  /**
   * The servers outside the nodes that this backend agrees through, with their state; empty when
   * there are none. Asks them, for operators: blocks for as long as a silent one may take.
   *
   * @param patience until a server counts as unreachable; ask again as often as needed
   */
  default List<CoordinatorServer> servers(Duration patience) {
    return List.of();
  }

  /**
   * The node where commits are decided, as far as this process knows: there they have the shortest
   * way. Cheap, never blocks, a hint for speed only. Null when no node is better than another, or
   * none is known.
   */
  default @Nullable String leader() {
    return null;
  }

  /**
   * Raises the revision to at least {@code base}, so that what is committed afterwards is newer
   * than all that another cluster ever told (R9). Nothing happens when it is there already, so
   * repeating is safe.
   *
   * @return the revision afterwards
   * @throws UnsupportedOperationException by a backend that cannot
   * @throws UnavailableException never handed over; may be retried
   * @throws OutcomeUnknownException may have been raised; may be retried all the same
   */
  default long raiseRevision(long base, Duration timeout) {
    throw new UnsupportedOperationException("This backend cannot raise its revision");
  }

  /**
   * Tells the listener what this process notices from now on. Calls come one at a time, on threads
   * of the coordinator; a listener must return at once and must not call the coordinator. A backend
   * that tells nothing keeps this default.
   */
  default void onEvent(Consumer<CoordinatorEvent> listener) {}

  /** Who votes; empty when the backend manages its servers itself (ZooKeeper). */
  Optional<Voters> voters();

  /** Ends the lease as far as the network allows, and stops. Blocks for a few seconds at most. */
  @Override
  void close();

  /**
   * @param next pass it as {@code after} to go on; null when this was the last page
   * @param revision applied when the page was begun
   */
  record Page(List<Entry> entries, @Nullable EntryKey next, long revision) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /**
   * @param ageMillis since this process last knew that it had applied everything up to some
   *     acknowledged commit; negative when it never did
   */
  record LocalObservation(Observation observation, long ageMillis) {}

  /** Closing it ends the calls; one may still be under way. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
