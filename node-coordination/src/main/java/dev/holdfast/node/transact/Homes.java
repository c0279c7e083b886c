// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.placement.Rendezvous;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Which node runs the changes of an entry. A hint for speed, never a matter of safety. */
public final class Homes {
  private final ClusterView cluster;
  private final Coordinator coordinator;
  private final Supplier<Set<String>> unreachable;

  /**
   * @param unreachable nodes that live but do not answer this one
   */
  public Homes(ClusterView cluster, Coordinator coordinator, Supplier<Set<String>> unreachable) {
    this.cluster = cluster;
    this.coordinator = coordinator;
    this.unreachable = unreachable;
  }

  /** The highest rendezvous rank over the healthy nodes; this node when none is healthy. */
  public String homeOf(EntryKey key) {
    Set<String> healthy = cluster.healthy();
    Set<String> passedOver = unreachable.get();
    if (!passedOver.isEmpty()) {
      healthy = new TreeSet<>(healthy);
      healthy.removeAll(passedOver);
    }
    return healthy.isEmpty() ? cluster.self() : Rendezvous.rank(key.value(), healthy).getFirst();
  }

  public boolean isHome(EntryKey key) {
    return homeOf(key).equals(cluster.self());
  }

  /**
   * Of an entry whose home keeps nothing but its place in line: the node where commits are decided,
   * when it is known, alive and answers (ADR 0006). What is decided there at the same time shares
   * one entry of the log, and has no way to the leader any more.
   */
  public String deciderOf(EntryKey key) {
    return leader().orElseGet(() -> homeOf(key));
  }

  /** The node where commits are decided, when it is known, alive and answers. */
  public Optional<String> leader() {
    String leader = coordinator.leader();
    return leader != null && cluster.isHealthy(leader) && !unreachable.get().contains(leader)
        ? Optional.of(leader)
        : Optional.empty();
  }
}
