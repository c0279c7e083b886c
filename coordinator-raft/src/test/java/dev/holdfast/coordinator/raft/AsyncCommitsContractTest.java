// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;
import dev.holdfast.testkit.contract.ForwardingCoordinator;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/** The contract once more, with every commit made by {@code commitAsync}. */
final class AsyncCommitsContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new RaftBackend(3, AsyncCommits::new);
  }

  private static final class AsyncCommits extends ForwardingCoordinator {
    AsyncCommits(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      try {
        return inner().commitAsync(transaction, timeout).toCompletableFuture().join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }
  }
}
