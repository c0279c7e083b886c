// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import dev.holdfast.core.replication.RepairPlanner.Copy;
import dev.holdfast.core.replication.RepairPlanner.Liveness;
import dev.holdfast.core.replication.RepairPlanner.Repair;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What repair would do to one key if the cluster were another one, all of it up: decided by the
 * planners that repair itself uses. Pure.
 */
public final class PlacementForecast {
  private PlacementForecast() {}

  /**
   * @param joining nodes that would get a copy
   * @param leaving holders that would lose theirs
   * @param isShort fewer copies than are wanted would be left, for want of nodes
   */
  public record Moves(List<String> joining, List<String> leaving, boolean isShort) {
    public Moves {
      joining = List.copyOf(joining);
      leaving = List.copyOf(leaving);
    }
  }

  /**
   * @param holders as in the head
   * @param after the map to come
   */
  public static Moves of(
      String key, List<String> holders, int copies, ClusterMap after, PlacementPolicy policy) {
    Map<String, Liveness> liveness = new HashMap<>();
    Map<String, Long> healthy = new HashMap<>();
    for (ClusterMap.Node node : after.nodes()) {
      liveness.put(node.id(), Liveness.UP);
      healthy.put(node.id(), 0L);
    }
    Map<String, Copy> copiesOf = new HashMap<>();
    holders.forEach(holder -> copiesOf.put(holder, new Copy.Whole()));
    Repair repair =
        RepairPlanner.plan(
                new RepairPlanner.Situation(key, after, liveness, holders, copiesOf, copies),
                policy)
            .repair();
    List<String> staying = holders.stream().filter(liveness::containsKey).toList();
    if (!(repair instanceof Repair.Move move)) {
      return new Moves(List.of(), List.of(), staying.size() < copies);
    }
    List<String> next = new ArrayList<>(staying);
    next.addAll(move.joining());
    WritePlan plan =
        WritePlanner.plan(
            new WritePlanner.Situation(after, 0, healthy, next, copies),
            map -> policy.choose(new PlacementPolicy.Request(map, key, copies)).nodeIds());
    return new Moves(
        WritePlanner.without(plan.holders(), Set.copyOf(holders)),
        List.copyOf(move.leaving()),
        plan.holders().size() < copies);
  }
}
