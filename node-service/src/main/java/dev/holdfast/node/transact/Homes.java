package dev.holdfast.node.transact;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.placement.Rendezvous;
import java.util.Set;

/** Which node runs the changes of an entry. A hint for speed, never a matter of safety. */
public final class Homes {
  private final ClusterView cluster;
  private final Coordinator coordinator;

  public Homes(ClusterView cluster, Coordinator coordinator) {
    this.cluster = cluster;
    this.coordinator = coordinator;
  }

  /** The highest rendezvous rank over the healthy nodes; this node when none is healthy. */
  public String homeOf(EntryKey key) {
    Set<String> healthy = cluster.healthy();
    return healthy.isEmpty() ? cluster.self() : Rendezvous.rank(key.value(), healthy).getFirst();
  }

  public boolean isHome(EntryKey key) {
    return homeOf(key).equals(cluster.self());
  }

  /**
   * Of an entry whose home keeps nothing but its place in line: the node where commits are decided,
   * when it is known and alive (ADR 0006). Then what is decided at the same time shares one entry
   * of the log, and has no way to the leader any more.
   */
  public String deciderOf(EntryKey key) {
    String leader = coordinator.leader();
    return leader != null && cluster.isHealthy(leader) ? leader : homeOf(key);
  }
}
