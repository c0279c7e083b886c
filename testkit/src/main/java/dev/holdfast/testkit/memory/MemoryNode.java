// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a node id, whether its coordinator is open or not: what it has applied, what it
 * has not applied yet, and its faults. Guarded by the cluster's lock.
 */
final class MemoryNode {
  /** A node that is further behind than this gets a copy of the state instead, and says resync. */
  static final int BEHIND_MAX = 10_000;

  /** A commit that is still on its way, with the lease that it was sent under. */
  record Late(Transaction transaction, long leaseId) {}

  final String id;
  final Deque<CommitFate> nextFates = new ArrayDeque<>();
  private final List<Late> late = new ArrayList<>();
  private final Deque<Delta> behind = new ArrayDeque<>();
  private boolean needsCopy;
  Replica view;
  boolean lagging;
  boolean partitioned;
  CommitFate fateWhenPartitioned = CommitFate.UNAVAILABLE;
  long currentAtNanos;
  @Nullable InMemoryCoordinator open;

  MemoryNode(String id, Replica view, long nowNanos) {
    this.id = id;
    this.view = view;
    this.currentAtNanos = nowNanos;
  }

  void offer(Delta delta) {
    behind.add(delta);
    if (behind.size() > BEHIND_MAX) {
      behind.clear();
      needsCopy = true;
    }
    if (!lagging && !partitioned) {
      while (step()) {}
    }
  }

  /** Applies one change; false when there is none. */
  boolean step() {
    Delta delta = needsCopy ? null : behind.poll();
    if (delta == null) {
      return false;
    }
    view.apply(delta);
    if (open != null) {
      open.tell(delta);
    }
    return true;
  }

  void catchUp(Replica agreed) {
    if (needsCopy) {
      behind.clear();
      needsCopy = false;
      view = new Replica(agreed);
      resync();
    }
    while (step()) {}
  }

  void resync() {
    if (open != null) {
      open.resync(view.revision());
    }
  }

  void deliverLater(Late commit) {
    late.add(commit);
  }

  List<Late> takeLate() {
    List<Late> taken = List.copyOf(late);
    late.clear();
    return taken;
  }
}
