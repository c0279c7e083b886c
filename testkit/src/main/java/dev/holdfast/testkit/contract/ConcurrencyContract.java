// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.absentSince;
import static dev.holdfast.testkit.contract.ContractScript.atVersion;
import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.present;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many callers on all nodes at once. */
interface ConcurrencyContract extends ContractScript {
  int CALLERS = 32;

  /** Adds one by compare-and-set; retries on what the conflict shows, without another read. */
  private void increment(Coordinator node, EntryKey key, Runnable afterRead) {
    Observation seen = read(node, key);
    afterRead.run();
    while (true) {
      int next = seen.isPresent() ? Integer.parseInt(text(present(seen))) + 1 : 1;
      switch (commit(node, List.of(seen.unchanged()), put(key, "" + next))) {
        case CommitResult.Committed _ -> {
          return;
        }
        case CommitResult.Conflict conflict -> seen = conflict.failed().getFirst();
      }
    }
  }

  @Test
  default void losesNoIncrement() {
    int rounds = 25;
    CountDownLatch toRead = new CountDownLatch(CALLERS);
    inParallel(
        CALLERS,
        number -> {
          for (int i = 0; i < rounds; i++) {
            // In the first round all have read before any commits: without a check, most are lost.
            Runnable afterRead = i > 0 ? () -> {} : () -> arriveAndAwait(toRead);
            increment(node(number + i), key("counter" + (number + i) % 4), afterRead);
          }
        });

    int sum = 0;
    for (int i = 0; i < 4; i++) {
      sum += Integer.parseInt(text(entry(node(i), key("counter" + i))));
    }
    assertThat(sum).isEqualTo(CALLERS * rounds);
  }

  private static void arriveAndAwait(CountDownLatch all) {
    all.countDown();
    try {
      all.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Another caller has failed", e);
    }
  }

  @Test
  default void letsOneInAtATimeByAbsentSince() {
    EntryKey lock = key("lock");
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger entered = new AtomicInteger();
    inParallel(
        8,
        number -> {
          for (int i = 0; i < 10; i++) {
            Coordinator node = node(number + i);
            Observation free = read(node, lock);
            while (true) {
              if (!free.isPresent()) {
                CommitResult result =
                    commit(
                        node,
                        List.of(absentSince(lock, free.revision())),
                        put(lock, "caller " + number));
                if (result instanceof CommitResult.Committed) {
                  break;
                }
              }
              free = read(node, lock);
            }
            assertThat(inside.incrementAndGet()).as("callers inside").isEqualTo(1);
            entered.incrementAndGet();
            long version = entry(node, lock).version();
            inside.decrementAndGet();
            committed(node, List.of(atVersion(lock, version)), delete(lock));
          }
        });

    assertThat(entered.get()).isEqualTo(80);
    assertAbsent(first(), lock);
  }

  @Test
  default void onlyOneOfManyCreatorsWins() {
    for (int round = 0; round < 10; round++) {
      EntryKey key = key("prize" + round);
      long revision = read(first(), key).revision();
      Set<Integer> winners = ConcurrentHashMap.newKeySet();
      inParallel(
          CALLERS,
          number -> {
            CommitResult result =
                commit(node(number), List.of(absentSince(key, revision)), put(key, "" + number));
            if (result instanceof CommitResult.Committed) {
              winners.add(number);
            }
          });

      assertThat(winners).hasSize(1);
      assertThat(winners).contains(Integer.parseInt(text(entry(first(), key))));
    }
  }

  @Test
  default void keepsTheSumWhileAmountsMove() {
    int accounts = 4;
    for (int i = 0; i < accounts; i++) {
      committed(first(), put(key("account" + i), "100"));
    }
    inParallel(
        CALLERS,
        number -> {
          for (int i = 0; i < 10; i++) {
            EntryKey from = key("account" + (number + i) % accounts);
            EntryKey to = key("account" + (number + i + 1 + number % 3) % accounts);
            move(node(number + i), from, to);
          }
        });

    int sum = 0;
    for (int i = 0; i < accounts; i++) {
      sum += Integer.parseInt(text(entry(node(i), key("account" + i))));
    }
    assertThat(sum).isEqualTo(100 * accounts);
  }

  private void move(Coordinator node, EntryKey from, EntryKey to) {
    while (true) {
      List<Observation> seen = read(node, List.of(from, to));
      int source = Integer.parseInt(text(present(seen.get(0))));
      int target = Integer.parseInt(text(present(seen.get(1))));
      CommitResult result =
          commit(
              node,
              List.of(seen.get(0).unchanged(), seen.get(1).unchanged()),
              put(from, "" + (source - 1)),
              put(to, "" + (target + 1)));
      if (result instanceof CommitResult.Committed) {
        return;
      }
    }
  }

  @Test
  default void givesEveryCommitARevisionOfItsOwn() {
    Set<Long> revisions = ConcurrentHashMap.newKeySet();
    inParallel(
        CALLERS,
        number -> {
          for (int i = 0; i < 20; i++) {
            long revision = committed(node(number + i), put(key(number + "/" + i), "x"));
            assertThat(revisions.add(revision)).as("revision %s is new", revision).isTrue();
          }
        });

    assertThat(revisions).hasSize(CALLERS * 20);
  }
}
