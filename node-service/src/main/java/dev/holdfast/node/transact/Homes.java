package dev.holdfast.node.transact;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.placement.Rendezvous;
import java.util.Set;

/** Which node runs the changes of an entry. A hint for speed, never a matter of safety. */
public final class Homes {
  private final ClusterView cluster;

  public Homes(ClusterView cluster) {
    this.cluster = cluster;
  }

  /** The highest rendezvous rank over the healthy nodes; this node when none is healthy. */
  public String homeOf(EntryKey key) {
    Set<String> healthy = cluster.healthy();
    return healthy.isEmpty() ? cluster.self() : Rendezvous.rank(key.value(), healthy).getFirst();
  }

  public boolean isHome(EntryKey key) {
    return homeOf(key).equals(cluster.self());
  }
}
