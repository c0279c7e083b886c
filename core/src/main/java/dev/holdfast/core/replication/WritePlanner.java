// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import dev.holdfast.spi.placement.ClusterMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Decides where a write goes. Pure: the placement policy is a function of a map and gives an order
 * of nodes.
 *
 * <p>A key keeps its holders (R24). A new key gets the healthy nodes that the policy prefers, and
 * when there are too few of them the policy's choice over all nodes, whose copies follow when they
 * are back. When too few of a key's holders are healthy for a majority, healthy stand-ins join
 * them: the old holders stay, for they have the earlier versions.
 */
public final class WritePlanner {
  /** Holders of one key, stand-ins included. */
  public static final int HOLDERS_MAX = 16;

  private WritePlanner() {}

  /**
   * @param map with its nodes' state
   * @param mapVersion of the entry that holds the map
   * @param healthy with the version of {@code incarnation/<node>}
   * @param currentHolders of the key, empty for a new key
   * @param copies that are wanted when there are enough nodes
   */
  public record Situation(
      ClusterMap map,
      long mapVersion,
      Map<String, Long> healthy,
      List<String> currentHolders,
      int copies) {
    public Situation {
      healthy = Map.copyOf(healthy);
      currentHolders = List.copyOf(currentHolders);
    }
  }

  /**
   * @param choose the policy: the nodes of a map that should hold the key, best first
   */
  public static WritePlan plan(Situation situation, Function<ClusterMap, List<String>> choose) {
    return plan(situation, choose, wanted(situation) / 2 + 1);
  }

  /**
   * For copies that move off a node: stand-ins join until as many holders are healthy as copies are
   * wanted, for what leaves is a copy that is whole.
   *
   * @param choose the policy: the nodes of a map that should hold the key, best first
   */
  public static WritePlan planMove(Situation situation, Function<ClusterMap, List<String>> choose) {
    return plan(situation, choose, wanted(situation));
  }

  private static int wanted(Situation situation) {
    return Math.max(1, Math.min(situation.copies(), situation.map().placeable().size()));
  }

  private static WritePlan plan(
      Situation situation, Function<ClusterMap, List<String>> choose, int healthyWanted) {
    ClusterMap map = situation.map();
    int wanted = wanted(situation);

    Set<String> holders = new LinkedHashSet<>();
    for (String holder : situation.currentHolders()) {
      if (map.node(holder).isPresent()) {
        holders.add(holder);
      }
    }
    ClusterMap healthyMap = onlyHealthy(situation);
    if (holders.size() < wanted) {
      addUpTo(wanted, holders, choose.apply(healthyMap));
    }
    if (holders.size() < wanted) {
      addUpTo(wanted, holders, choose.apply(map));
    }
    standIns(situation, holders, healthyWanted, choose, healthyMap);

    List<String> targets = holders.stream().filter(situation.healthy()::containsKey).toList();
    Map<String, Long> incarnations = new LinkedHashMap<>();
    for (String target : targets) {
      Long version = situation.healthy().get(target);
      if (version != null) {
        incarnations.put(target, version);
      }
    }
    return new WritePlan(
        List.copyOf(holders),
        targets,
        wanted,
        wanted / 2 + 1,
        map.epoch(),
        situation.mapVersion(),
        incarnations);
  }

  /** So that a write succeeds while two of three holders are down, in a cluster of five. */
  private static void standIns(
      Situation situation,
      Set<String> holders,
      int healthyWanted,
      Function<ClusterMap, List<String>> choose,
      ClusterMap healthyMap) {
    long alive = holders.stream().filter(situation.healthy()::containsKey).count();
    if (alive >= healthyWanted) {
      return;
    }
    List<String> candidates = new ArrayList<>(choose.apply(healthyMap));
    // The policy may have named holders only; then any other healthy node, in the order of the map.
    healthyMap.placeable().forEach(node -> candidates.add(node.id()));
    for (String candidate : candidates) {
      if (alive >= healthyWanted || holders.size() >= HOLDERS_MAX) {
        return;
      }
      if (holders.add(candidate)) {
        alive++;
      }
    }
  }

  private static ClusterMap onlyHealthy(Situation situation) {
    return new ClusterMap(
        situation.map().epoch(),
        situation.map().nodes().stream()
            .filter(node -> situation.healthy().containsKey(node.id()))
            .toList());
  }

  private static void addUpTo(int wanted, Set<String> holders, List<String> chosen) {
    for (String node : new LinkedHashSet<>(chosen)) {
      if (holders.size() >= wanted) {
        return;
      }
      holders.add(node);
    }
  }

  /** The nodes of {@code all} that are not in {@code some}, in their order. */
  public static List<String> without(List<String> all, Set<String> some) {
    Set<String> gone = new HashSet<>(some);
    return all.stream().filter(node -> !gone.contains(node)).toList();
  }
}
