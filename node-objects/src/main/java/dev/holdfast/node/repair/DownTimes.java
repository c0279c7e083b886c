// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.RepairPlanner.Liveness;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Since when each node is down, as this node sees it, which is how a node is declared dead. While
 * this node itself has lost the others, nobody gets older. Thread-safe.
 */
final class DownTimes {
  private final ClusterView cluster;
  private final Duration deadAfter;
  private final LongSupplier nanos;

  /** Guards what follows. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<String, Long> downSince = new HashMap<>();

  /** Those that {@link #liveness} has called dead. */
  private final Set<String> declared = new TreeSet<>();

  private Set<String> up = Set.of();

  DownTimes(ClusterView cluster, Duration deadAfter, LongSupplier nanos) {
    this.cluster = cluster;
    this.deadAfter = deadAfter;
    this.nanos = nanos;
  }

  /** Looks at the cluster; true when a node came up or went down since the last look. */
  boolean look() {
    Set<String> healthy = cluster.healthy();
    lock.lock();
    try {
      if (!healthy.contains(cluster.self())) {
        downSince.clear();
        declared.clear();
        return false;
      }
      Set<String> known = new TreeSet<>();
      for (ClusterMap.Node node : cluster.map().nodes()) {
        known.add(node.id());
        if (healthy.contains(node.id())) {
          downSince.remove(node.id());
        } else {
          downSince.putIfAbsent(node.id(), nanos.getAsLong());
        }
      }
      downSince.keySet().retainAll(known);
      declared.retainAll(downSince.keySet());
      boolean isChanged = !healthy.equals(up);
      up = Set.copyOf(healthy);
      return isChanged;
    } finally {
      lock.unlock();
    }
  }

  /** Of each node of the map. */
  Map<String, Liveness> liveness() {
    look();
    Map<String, Liveness> all = new HashMap<>();
    Set<String> healthy = cluster.healthy();
    lock.lock();
    try {
      for (ClusterMap.Node node : cluster.map().nodes()) {
        Long since = downSince.get(node.id());
        Liveness liveness =
            healthy.contains(node.id())
                ? Liveness.UP
                : since != null && nanos.getAsLong() - since >= deadAfter.toNanos()
                    ? Liveness.DEAD
                    : Liveness.AWAY;
        all.put(node.id(), liveness);
        if (liveness == Liveness.DEAD) {
          declared.add(node.id());
        }
      }
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** How long until the next node is to be declared dead; empty when none is down. */
  OptionalLong nanosToNextDeath() {
    lock.lock();
    try {
      return downSince.entrySet().stream()
          .filter(down -> !declared.contains(down.getKey()))
          .mapToLong(down -> down.getValue() + deadAfter.toNanos() - nanos.getAsLong())
          .map(left -> Math.max(0, left))
          .min();
    } finally {
      lock.unlock();
    }
  }
}
