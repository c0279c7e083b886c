// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.spi.placement.ClusterMap;
import java.util.Map;

/**
 * What this node says of itself in the cluster map.
 *
 * @param api with its scheme, for clients: {@code http://host:port}
 * @param peer {@code host:port}
 * @param raft {@code host:port}
 */
public record SelfRow(
    String id,
    String incarnation,
    String api,
    String peer,
    String raft,
    Map<String, String> labels,
    long capacityBytes) {
  public SelfRow {
    labels = Map.copyOf(labels);
  }

  MapEntry.NodeEntry asActive() {
    return new MapEntry.NodeEntry(
        id,
        incarnation,
        api,
        peer,
        raft,
        labels,
        capacityBytes,
        ClusterMap.State.ACTIVE,
        ProductVersion.CURRENT);
  }
}
