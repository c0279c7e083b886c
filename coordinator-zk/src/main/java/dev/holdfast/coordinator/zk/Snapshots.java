// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Who wants several keys as they were at one revision, and waits for such a moment: between two
 * transactions, when none of the keys may have changed unnoticed. Guarded by the lock of {@link
 * Mirror}.
 */
final class Snapshots {
  private final Cells cells;
  private final Groups groups;
  private final DirtyKeys dirty;
  private final List<Request> waiting = new ArrayList<>();

  Snapshots(Cells cells, Groups groups, DirtyKeys dirty) {
    this.cells = cells;
    this.groups = groups;
    this.dirty = dirty;
  }

  private record Request(List<EntryKey> keys, CompletableFuture<List<Observation>> answer) {}

  /** Answered at the next {@link #answer} at which the moment is right. */
  CompletableFuture<List<Observation>> ask(List<EntryKey> keys) {
    Request request = new Request(keys, new CompletableFuture<>());
    waiting.add(request);
    return request.answer;
  }

  /** After each step, when the mirror is synced. */
  void answer() {
    waiting.removeIf(this::isAnswered);
  }

  private boolean isAnswered(Request request) {
    if (!request.answer.isDone() && groups.isBetween() && !dirty.containsAny(request.keys)) {
      long revision = Math.max(groups.seen(), cells.applied());
      request.answer.complete(request.keys.stream().map(key -> observe(key, revision)).toList());
    }
    return request.answer.isDone();
  }

  private Observation observe(EntryKey key, long revision) {
    Observation seen = cells.observe(key, revision);
    return new Observation(key, seen.entry(), Math.min(seen.lastDeleted(), revision), revision);
  }
}
