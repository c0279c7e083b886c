// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a place in a long queue costs in bytes and in changes, and that it is served in order. */
final class LockQueueCostTest {
  private static final int WAITERS = 10_000;
  private static final LockMode EXCLUSIVE = new LockMode.Exclusive();

  private final LockTable table = new LockTable("hot");

  @Test
  void tenThousandthWaiterCostsWhatTheHundredthDid() {
    table.session("s-all");
    table.acquire(owner(0));
    long hundredth = 0;
    long dearest = 0;
    int changes = 0;
    for (int i = 1; i <= WAITERS; i++) {
      assertThat(table.tell(table.queued(owner(i), EXCLUSIVE)))
          .isEqualTo(new LockReply.Queued(i - 1));
      if (i == 100) {
        hundredth = table.lastCommit().sizeBytes();
      } else if (i > 100) {
        dearest = Math.max(dearest, table.lastCommit().sizeBytes());
        changes = Math.max(changes, table.lastCommit().changes().size());
      }
    }

    // Numbers in the entry grow by a byte now and then; a list of waiters would grow by each.
    assertThat(dearest).isBetween(hundredth, hundredth + 64);
    assertThat(changes).as("the lock, the place in line, the claim").isEqualTo(3);

    long token = table.present().fence();
    long dearestHandOver = 0;
    for (int i = 0; i < WAITERS; i++) {
      LockOutcome outcome = table.outcome(new LockCommand.Release(owner(i), token));
      dearestHandOver = Math.max(dearestHandOver, table.lastCommit().sizeBytes());
      assertThat(outcome.newGrants())
          .containsExactly(new Grant(owner(i + 1), EXCLUSIVE, token + 1));
      token++;
      while (outcome.refillNeeded()) {
        outcome = table.refill();
        dearestHandOver = Math.max(dearestHandOver, table.lastCommit().sizeBytes());
      }
    }
    assertThat(dearestHandOver).isLessThan(32 * 1024);
    assertThat(table.present().waitersInAll()).isZero();
  }

  private static Owner owner(int number) {
    return new Owner("s-all", "h" + number);
  }
}
