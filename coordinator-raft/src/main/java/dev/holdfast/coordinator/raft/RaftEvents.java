// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what Ratis' callbacks and the checkpoints notice, one at a time. Thread-safe. */
final class RaftEvents {
  private static final Logger LOG = LoggerFactory.getLogger(RaftEvents.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Consumer<CoordinatorEvent>> listeners = new ArrayList<>();
  private @Nullable String leader;
  private long leaderTerm;

  void add(Consumer<CoordinatorEvent> listener) {
    lock.lock();
    try {
      listeners.add(listener);
      if (leader != null) {
        tell(listener, new CoordinatorEvent.LeaderElected(leader, leaderTerm));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ratis tells of the same leader once more when a server starts again; that is no news. */
  void leader(String nodeId, long term) {
    lock.lock();
    try {
      if (!Objects.equals(leader, nodeId) || term > leaderTerm) {
        leader = nodeId;
        leaderTerm = term;
        tell(new CoordinatorEvent.LeaderElected(nodeId, term));
      }
    } finally {
      lock.unlock();
    }
  }

  void tell(CoordinatorEvent event) {
    lock.lock();
    try {
      listeners.forEach(listener -> tell(listener, event));
    } finally {
      lock.unlock();
    }
  }

  private static void tell(Consumer<CoordinatorEvent> listener, CoordinatorEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      LOG.warn("A listener has failed at {}", event, e);
    }
  }
}
