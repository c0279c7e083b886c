// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.spi.placement.ClusterMap;
import java.util.Optional;
import java.util.Set;

/**
 * What this node knows of the cluster: the map that it has applied, and who is alive. A hint for
 * speed; where it matters, a commit carries {@link Member#incarnation()} or the map's version as a
 * condition (R23). Thread-safe, never blocks.
 */
public interface ClusterView {
  String self();

  ClusterMap map();

  /** The version of the entry {@code cluster/map} that {@link #map()} was read from. */
  long mapVersion();

  /** Members whose lease this node sees, itself included while its own lease is surely valid. */
  Set<String> healthy();

  /** Whether {@link #healthy} has this node. */
  default boolean isHealthy(String nodeId) {
    return healthy().contains(nodeId);
  }

  Optional<Member> member(String nodeId);

  /** Runs after a change of the map or of who is healthy, on a thread of the watch: be quick. */
  void onChange(Runnable listener);

  /**
   * @param incarnation of the node's data folder
   * @param incarnationVersion of the entry {@code incarnation/<node>}
   * @param apiUrl for clients, e.g. {@code http://127.0.0.1:7600}
   * @param peer {@code host:port}
   * @param raft {@code host:port}
   */
  record Member(
      String id,
      String incarnation,
      long incarnationVersion,
      String apiUrl,
      String peer,
      String raft) {}
}
