// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.CommitResult.Committed;
import dev.holdfast.spi.coordinator.CommitResult.Conflict;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** The words in which the chapters of the contract are written. */
interface ContractScript {
  Backend backend();

  /** Of the keys of the running test; no other test uses it. */
  String prefix();

  default EntryKey key(String name) {
    return new EntryKey(prefix() + name);
  }

  /** Any number stands for a node: it is taken modulo their count. */
  default Coordinator node(int index) {
    return backend().node(index % backend().nodes());
  }

  default Coordinator first() {
    return node(0);
  }

  default Duration deadline() {
    return backend().deadline();
  }

  default void await(String description, BooleanSupplier condition) {
    Await.until(deadline(), description, condition);
  }

  default void await(Supplier<String> description, BooleanSupplier condition) {
    Await.until(deadline(), description, condition);
  }

  static Transaction transaction(List<Condition> conditions, Change... changes) {
    return new Transaction(conditions, List.of(changes));
  }

  static Change put(EntryKey key, String value) {
    return new Change.Put(key, Bytes.utf8(value));
  }

  static Change putLeased(EntryKey key, String value) {
    return new Change.PutLeased(key, Bytes.utf8(value));
  }

  static Change delete(EntryKey key) {
    return new Change.Delete(key);
  }

  static Condition absentSince(EntryKey key, long revision) {
    return new Condition.AbsentSince(key, revision);
  }

  static Condition exists(EntryKey key) {
    return new Condition.Exists(key);
  }

  static Condition atVersion(EntryKey key, long version) {
    return new Condition.AtVersion(key, version);
  }

  default CommitResult commit(Coordinator node, List<Condition> conditions, Change... changes) {
    return commit(node, transaction(conditions, changes));
  }

  /** Retries what certainly was not applied: a new leader may be on its way. */
  default CommitResult commit(Coordinator node, Transaction transaction) {
    long end = System.nanoTime() + deadline().toNanos();
    while (true) {
      stopWhenAnotherCallerFailed();
      try {
        return node.commit(transaction, deadline());
      } catch (UnavailableException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  default long committed(Coordinator node, List<Condition> conditions, Change... changes) {
    CommitResult result = commit(node, conditions, changes);
    assertThat(result).isInstanceOf(Committed.class);
    return ((Committed) result).revision();
  }

  default long committed(Coordinator node, Change... changes) {
    return committed(node, List.of(), changes);
  }

  default List<Observation> conflict(
      Coordinator node, List<Condition> conditions, Change... changes) {
    CommitResult result = commit(node, conditions, changes);
    assertThat(result).isInstanceOf(Conflict.class);
    return ((Conflict) result).failed();
  }

  default Observation read(Coordinator node, EntryKey key) {
    return read(node, List.of(key)).getFirst();
  }

  default List<Observation> read(Coordinator node, List<EntryKey> keys) {
    long end = System.nanoTime() + deadline().toNanos();
    while (true) {
      stopWhenAnotherCallerFailed();
      try {
        return node.read(keys, deadline());
      } catch (UnavailableException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  default Entry entry(Coordinator node, EntryKey key) {
    return present(read(node, key));
  }

  static Entry present(Observation observation) {
    Entry entry = observation.entry();
    if (entry == null) {
      throw new AssertionError("Expected an entry: " + observation);
    }
    return entry;
  }

  static String text(Entry entry) {
    return entry.value().toUtf8();
  }

  default void assertAbsent(Coordinator node, EntryKey key) {
    assertThat(read(node, key).entry()).isNull();
  }

  default List<Entry> scanAll(Coordinator node, String prefix, int limit) {
    return ScanContract.allPages(
        after -> node.scan(prefix, after, limit, deadline()), prefix, limit);
  }

  /**
   * Runs an action on many threads at once. The first failure of any of them is the failure of all:
   * the others are interrupted, and stop at their next word of this script.
   */
  default void inParallel(int threads, IntConsumer action) {
    ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
    try {
      CompletionService<Integer> callers = new ExecutorCompletionService<>(pool);
      for (int i = 0; i < threads; i++) {
        int number = i;
        var _ = callers.submit(() -> action.accept(number), number);
      }
      long end = System.nanoTime() + 3 * deadline().toNanos();
      for (int i = 0; i < threads; i++) {
        Future<Integer> ended = callers.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        assertThat(ended).as("%s callers end within three deadlines", threads).isNotNull();
        var _ = ended.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("A caller failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static void stopWhenAnotherCallerFailed() {
    if (Thread.currentThread().isInterrupted()) {
      throw new AssertionError("Stopped, since another caller failed");
    }
  }
}
