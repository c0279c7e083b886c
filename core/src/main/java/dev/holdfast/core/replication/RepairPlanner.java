// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides what is wrong with the copies of one key, and what repairs it. Pure: it compares the
 * holders in the head with the map, the policy, and what the holders said that they have.
 *
 * <p>A holder that does not answer is no holder that lacks its copy: only one that was declared
 * dead, or left the cluster, is replaced. Repair adds before it removes, and removes only what is
 * dead; copies too many on living nodes are left to cleanup.
 */
public final class RepairPlanner {
  private RepairPlanner() {}

  /** How a node is. One that is not in the map is {@link #DEAD}. */
  public enum Liveness {
    UP,
    /** Down, and expected back. */
    AWAY,
    /** Down for so long that its copies are given up. */
    DEAD
  }

  /** What a holder said about its copy of a key. */
  public sealed interface Copy {
    /** All confirmed versions, with all their chunks, are on its disk. */
    record Whole() implements Copy {}

    /**
     * @param versions that are not there, or not all of their chunks are; maybe not all of them
     */
    record Lacking(List<VersionId> versions) implements Copy {
      public Lacking {
        versions = List.copyOf(versions);
      }
    }

    /** It was not asked, or did not answer. */
    record Unknown() implements Copy {}
  }

  /**
   * @param liveness of each node of the map
   * @param holders as in the head, best first
   * @param copies what each holder said; missing ones are unknown
   * @param copiesWanted when there are enough nodes
   */
  public record Situation(
      String key,
      ClusterMap map,
      Map<String, Liveness> liveness,
      List<String> holders,
      Map<String, Copy> copies,
      int copiesWanted) {
    public Situation {
      liveness = Map.copyOf(liveness);
      holders = List.copyOf(holders);
      copies = Map.copyOf(copies);
    }

    Liveness of(String node) {
      return map.node(node).isEmpty() ? Liveness.DEAD : liveness.getOrDefault(node, Liveness.AWAY);
    }

    List<String> holdersThatAre(Liveness wanted) {
      return holders.stream().filter(node -> of(node) == wanted).toList();
    }

    int wanted() {
      return Math.max(1, Math.min(copiesWanted, map.placeable().size()));
    }

    PlacementPolicy.Request request(ClusterMap some) {
      return new PlacementPolicy.Request(some, key, copiesWanted);
    }

    ClusterMap upMap() {
      return new ClusterMap(
          map.epoch(), map.nodes().stream().filter(node -> of(node.id()) == Liveness.UP).toList());
    }
  }

  /** What is wrong. */
  public enum Fault {
    /** Fewer whole copies can be reached than are wanted. */
    UNDER_REPLICATED,
    /** More whole copies than the policy needs. */
    OVER_REPLICATED,
    /**
     * A copy is at a node that is dead or gone, or the copies are not spread as the policy asks.
     */
    MISPLACED,
    /** No whole copy can be reached. */
    UNREACHABLE
  }

  /** What to do. */
  public sealed interface Repair {
    record Nothing() implements Repair {}

    /**
     * @param why it stays as it is, in a sentence
     */
    record Wait(String why) implements Repair {}

    /** Holders that are up fetch what they lack. */
    record Fetch(Map<String, List<VersionId>> lacking) implements Repair {
      public Fetch {
        lacking = Map.copyOf(lacking);
      }
    }

    /**
     * Other nodes get copies, then the head names them.
     *
     * @param leaving holders that are dead
     * @param joining for the spread; what is missing in number is picked by {@link WritePlanner}
     */
    record Move(Set<String> leaving, List<String> joining) implements Repair {
      public Move {
        leaving = Set.copyOf(leaving);
        joining = List.copyOf(joining);
      }
    }
  }

  public record Finding(Set<Fault> faults, Repair repair) {
    public Finding {
      faults = Set.copyOf(faults);
    }
  }

  /**
   * The one node that audits a key: the first holder that is up, which has the bytes; else the home
   * of the key.
   *
   * @param rankedUp all nodes that are up, the home of the key first
   */
  public static String auditor(List<String> holders, List<String> rankedUp) {
    return holders.stream().filter(rankedUp::contains).findFirst().orElse(rankedUp.getFirst());
  }

  /**
   * @param policy guarded: throws nothing
   */
  public static Finding plan(Situation situation, PlacementPolicy policy) {
    Set<String> whole = new HashSet<>();
    Map<String, List<VersionId>> lacking = new TreeMap<>();
    for (String holder : situation.holdersThatAre(Liveness.UP)) {
      switch (situation.copies().getOrDefault(holder, new Copy.Unknown())) {
        case Copy.Whole _ -> whole.add(holder);
        case Copy.Lacking some -> lacking.put(holder, some.versions());
        case Copy.Unknown _ -> {}
      }
    }
    return new Finding(faults(situation, policy, whole), repair(situation, policy, whole, lacking));
  }

  private static Set<Fault> faults(Situation situation, PlacementPolicy policy, Set<String> whole) {
    EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
    if (whole.isEmpty()) {
      faults.add(Fault.UNREACHABLE);
    }
    if (whole.size() < situation.wanted()) {
      faults.add(Fault.UNDER_REPLICATED);
    } else if (whole.size() > situation.wanted()
        && !policy.mayGo(situation.request(situation.map()), whole).nodeIds().isEmpty()) {
      faults.add(Fault.OVER_REPLICATED);
    }
    List<String> dead = situation.holdersThatAre(Liveness.DEAD);
    if (!dead.isEmpty() || isBadlySpread(situation, policy)) {
      faults.add(Fault.MISPLACED);
    }
    return faults;
  }

  /** Enough copies in number, of nodes that are expected to be there, and still not satisfied. */
  private static boolean isBadlySpread(Situation situation, PlacementPolicy policy) {
    List<String> staying = staying(situation);
    return staying.size() >= situation.wanted()
        && !policy
            .isSatisfied(situation.request(situation.map()), new TreeSet<>(staying))
            .satisfied();
  }

  private static List<String> staying(Situation situation) {
    return situation.holders().stream()
        .filter(node -> situation.of(node) != Liveness.DEAD)
        .toList();
  }

  private static Repair repair(
      Situation situation,
      PlacementPolicy policy,
      Set<String> whole,
      Map<String, List<VersionId>> lacking) {
    Set<String> dead = Set.copyOf(situation.holdersThatAre(Liveness.DEAD));
    List<String> staying = staying(situation);
    int missing = situation.wanted() - staying.size();
    List<String> free =
        situation.upMap().placeable().stream()
            .map(ClusterMap.Node::id)
            .filter(node -> !staying.contains(node))
            .toList();
    if (whole.isEmpty()) {
      return lacking.isEmpty()
          ? new Repair.Wait("No holder with a whole copy can be reached.")
          : new Repair.Fetch(lacking);
    }
    if (!dead.isEmpty() || (missing > 0 && !free.isEmpty())) {
      return missing > free.size()
          ? waitOr(lacking, "No node is left that could take a copy.")
          : new Repair.Move(dead, List.of());
    }
    if (isBadlySpread(situation, policy) && !isLeaving(situation)) {
      List<String> joining = joining(situation, policy, staying);
      return joining.isEmpty()
          ? waitOr(lacking, "No node that is up would spread the copies better.")
          : new Repair.Move(Set.of(), joining);
    }
    if (!lacking.isEmpty()) {
      return new Repair.Fetch(lacking);
    }
    return whole.size() < situation.wanted()
        ? new Repair.Wait("Copies are on nodes that are expected back.")
        : new Repair.Nothing();
  }

  private static Repair waitOr(Map<String, List<VersionId>> lacking, String why) {
    return lacking.isEmpty() ? new Repair.Wait(why) : new Repair.Fetch(lacking);
  }

  /** A removal is under way, which moves the copies of that node itself. */
  private static boolean isLeaving(Situation situation) {
    return situation.map().nodes().stream()
        .anyMatch(node ->
            node.state() == ClusterMap.State.DRAINING && situation.holders().contains(node.id()));
  }

  /** Empty unless they make the policy satisfied: otherwise every audit would add some more. */
  private static List<String> joining(
      Situation situation, PlacementPolicy policy, List<String> staying) {
    List<String> joining = new ArrayList<>();
    Set<String> holders = new TreeSet<>(staying);
    for (String node : policy.choose(situation.request(situation.upMap())).nodeIds()) {
      if (holders.size() < WritePlanner.HOLDERS_MAX && holders.add(node)) {
        joining.add(node);
      }
    }
    return policy.isSatisfied(situation.request(situation.map()), holders).satisfied()
        ? joining
        : List.of();
  }
}
