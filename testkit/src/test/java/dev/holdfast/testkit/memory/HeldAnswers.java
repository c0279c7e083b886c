// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.contract.ForwardingCoordinator;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Between a node and its callers: answers to commits can be held back, and are lost then. */
final class HeldAnswers extends ForwardingCoordinator {
  private volatile @Nullable CountDownLatch dropped;

  HeldAnswers(Coordinator inner) {
    super(inner);
  }

  void hold() {
    dropped = new CountDownLatch(1);
  }

  void drop() {
    CountDownLatch held = dropped;
    dropped = null;
    if (held != null) {
      held.countDown();
    }
  }

  @Override
  public CommitResult commit(Transaction transaction, Duration timeout) {
    CommitResult result = super.commit(transaction, timeout);
    CountDownLatch held = dropped;
    if (held == null) {
      return result;
    }
    try {
      var _ = held.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new OutcomeUnknownException("The answer was lost");
  }
}
