// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/** How far the log was applied, and who waits for it to get further. */
final class AppliedIndex {
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, CompletableFuture<Void>> waiters = new TreeMap<>();
  private volatile long applied;

  AppliedIndex(long applied) {
    this.applied = applied;
  }

  long get() {
    return applied;
  }

  CompletableFuture<Void> reach(long index) {
    if (applied >= index) {
      return CompletableFuture.completedFuture(null);
    }
    lock.lock();
    try {
      return applied >= index
          ? CompletableFuture.completedFuture(null)
          : waiters.computeIfAbsent(index, _ -> new CompletableFuture<>());
    } finally {
      lock.unlock();
    }
  }

  void advance(long index) {
    List<CompletableFuture<Void>> reached;
    lock.lock();
    try {
      applied = index;
      Map<Long, CompletableFuture<Void>> done = waiters.headMap(index, true);
      reached = done.isEmpty() ? List.of() : new ArrayList<>(done.values());
      done.clear();
    } finally {
      lock.unlock();
    }
    reached.forEach(waiter -> waiter.complete(null));
  }
}
