// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Whom this node reaches: the majority, or at least some of the others. Thread-safe, never blocks.
 *
 * <p>A node is cut off when its lease has been over for a while: an election is shorter, and a
 * process that was asleep renews its lease first. A node that has not been a member since its start
 * is not cut off either, for it may have missed any number of writes.
 */
final class Reach {
  private final ClusterView cluster;
  private final PeerNetwork network;
  private final long afterNanos;
  private final LongSupplier nanos;
  private final AtomicReference<Membership> membership = new AtomicReference<>(Membership.NONE);

  /**
   * @param isMember when this node looked last
   * @param wasEver since its start
   * @param endedNanos when it saw first that it is none any more
   */
  private record Membership(boolean isMember, boolean wasEver, long endedNanos) {
    static final Membership NONE = new Membership(false, false, 0);

    Membership seen(boolean now, long nanos) {
      if (now) {
        return isMember ? this : new Membership(true, true, 0);
      }
      return isMember ? new Membership(false, true, nanos) : this;
    }
  }

  /**
   * @param after its lease must have been over for so long
   */
  Reach(ClusterView cluster, PeerNetwork network, Duration after, LongSupplier nanos) {
    this.cluster = cluster;
    this.network = network;
    this.afterNanos = after.toNanos();
    this.nanos = nanos;
    cluster.onChange(this::isCutOff);
  }

  /**
   * Whether this node serves on its own: it takes provisional writes and reads what it knows. Asked
   * regularly, so that it notices the end of its lease.
   */
  boolean isCutOff() {
    boolean isMember = cluster.isHealthy(cluster.self());
    Membership now = membership.updateAndGet(known -> known.seen(isMember, nanos.getAsLong()));
    return !isMember && now.wasEver && nanos.getAsLong() - now.endedNanos >= afterNanos;
  }

  /** This node, and the others that it has a connection to. */
  List<String> nodes() {
    List<String> nodes = new ArrayList<>();
    nodes.add(cluster.self());
    for (ClusterMap.Node node : cluster.map().nodes()) {
      if (!node.id().equals(cluster.self()) && network.isConnected(node.id())) {
        nodes.add(node.id());
      }
    }
    return nodes;
  }
}
