// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.event.EventHub;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorEvent;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Turns what the coordinator and the cluster map say into events of this node. */
public final class ClusterNews {
  private final EventHub events;

  /** Incarnations by node id. Confined to the watch. */
  private final Map<String, String> members = new TreeMap<>();

  public ClusterNews(EventHub events) {
    this.events = events;
  }

  public void listen(Coordinator coordinator, ClusterDirectory cluster) {
    coordinator.onEvent(this::noticed);
    cluster.onChange(() -> changed(cluster));
  }

  private void noticed(CoordinatorEvent event) {
    switch (event) {
      case CoordinatorEvent.LeaderElected elected ->
          events.tell("leader_elected", "leader", elected.leader(), "term", elected.term());
      case CoordinatorEvent.BecameFollower follower ->
          events.tell("became_follower", "term", follower.term());
      case CoordinatorEvent.SnapshotCreated created ->
          events.tell("snapshot_created", "revision", created.revision());
      case CoordinatorEvent.SnapshotRestored restored ->
          events.tell("snapshot_restored", "revision", restored.revision());
    }
  }

  /** An emptied node that is back leaves and joins: it is another incarnation. */
  private synchronized void changed(ClusterDirectory cluster) {
    Map<String, ClusterView.Member> now =
        cluster.members().stream()
            .collect(Collectors.toMap(ClusterView.Member::id, member -> member));
    for (Map.Entry<String, String> before : Map.copyOf(members).entrySet()) {
      ClusterView.Member member = now.get(before.getKey());
      if (member == null || !member.incarnation().equals(before.getValue())) {
        members.remove(before.getKey());
        events.tell("node_left", "peer", before.getKey(), "incarnation", before.getValue());
      }
    }
    for (ClusterView.Member member : now.values()) {
      if (members.putIfAbsent(member.id(), member.incarnation()) == null) {
        events.tell(
            "node_joined",
            "peer",
            member.id(),
            "incarnation",
            member.incarnation(),
            "api",
            member.apiUrl());
      }
    }
  }
}
