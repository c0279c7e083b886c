package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The contract once more, with every commit made by {@code commitAsync}. */
final class AsyncCommitsContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new RaftBackend(3, AsyncCommits::new);
  }

  private record AsyncCommits(Coordinator inner) implements Coordinator {
    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      try {
        return inner.commitAsync(transaction, timeout).toCompletableFuture().join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }

    @Override
    public List<Observation> read(List<EntryKey> keys, Duration timeout) {
      return inner.read(keys, timeout);
    }

    @Override
    public LocalObservation readLocal(EntryKey key) {
      return inner.readLocal(key);
    }

    @Override
    public Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout) {
      return inner.scan(prefix, after, limit, timeout);
    }

    @Override
    public Page scanLocal(String prefix, @Nullable EntryKey after, int limit) {
      return inner.scanLocal(prefix, after, limit);
    }

    @Override
    public Watch watch(String prefix, WatchListener listener) {
      return inner.watch(prefix, listener);
    }

    @Override
    public NodeLease lease() {
      return inner.lease();
    }

    @Override
    public CoordinatorStatus status() {
      return inner.status();
    }

    @Override
    public Optional<Voters> voters() {
      return inner.voters();
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
