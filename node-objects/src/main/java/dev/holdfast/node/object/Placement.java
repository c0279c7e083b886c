// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.replication.WritePlanner;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.WriteMemory;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The policy in force, asked with what this node sees of the cluster.
 *
 * @param policyName recorded with each head
 */
record Placement(ClusterView cluster, String policyName, PlacementPolicy policy, int copies) {
  /**
   * @param excluded nodes that failed during this write, whatever the view says
   */
  WritePlan plan(ObjectKey key, List<String> currentReplicas, Set<String> excluded) {
    return WritePlanner.plan(situation(currentReplicas, excluded), some -> choose(some, key));
  }

  /**
   * Where the copies of nodes that leave go.
   *
   * @param staying the other replicas of the key
   */
  WritePlan planMove(ObjectKey key, List<String> staying, Set<String> leaving) {
    return WritePlanner.planMove(situation(staying, leaving), some -> choose(some, key));
  }

  /** In their order, those that are down behind the others. */
  List<String> healthyFirst(List<String> nodes) {
    Set<String> healthy = cluster.healthy();
    return nodes.stream()
        .sorted(Comparator.comparing((String node) -> !healthy.contains(node)))
        .toList();
  }

  /** The head that a commit of this plan makes. */
  HeadRecord head(
      WritePlan plan,
      VersionRecord version,
      VersionId id,
      List<String> counted,
      WriteMemory memory) {
    return new HeadRecord(
        id,
        version.sizeBytes(),
        version.deleted(),
        policyName,
        plan.epoch(),
        plan.copiesWanted(),
        plan.holders(),
        counted,
        memory);
  }

  boolean isHealthy(String node) {
    return cluster.healthy().contains(node);
  }

  private WritePlanner.Situation situation(List<String> currentReplicas, Set<String> excluded) {
    // The version first: when the map moves in between, the commit's condition fails, and we plan
    // again. The other way round an old map could pass for a new one.
    long mapVersion = cluster.mapVersion();
    ClusterMap map = cluster.map();
    Map<String, Long> healthy = new HashMap<>();
    for (String node : cluster.healthy()) {
      if (!excluded.contains(node)) {
        cluster
            .member(node)
            .filter(member -> map.node(node).isPresent())
            .ifPresent(member -> healthy.put(node, member.incarnationVersion()));
      }
    }
    return new WritePlanner.Situation(map, mapVersion, healthy, currentReplicas, copies);
  }

  private List<String> choose(ClusterMap map, ObjectKey key) {
    return map.placeable().isEmpty()
        ? List.of()
        : policy.choose(new PlacementPolicy.Request(map, key.value(), copies)).nodeIds();
  }
}
