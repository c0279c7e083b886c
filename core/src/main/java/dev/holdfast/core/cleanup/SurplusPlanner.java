// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides which copies are more than an object needs, and how much of them goes from where. Pure.
 */
public final class SurplusPlanner {
  private SurplusPlanner() {}

  /**
   * What one node has too much of.
   *
   * @param surplusBytes of copies that its policy lets go
   * @param freeBytes of its disk
   */
  public record NodeSurplus(String node, long surplusBytes, long freeBytes) {}

  /**
   * How many bytes of surplus each node deletes so that the cluster keeps the overhead: those with
   * the least free space first. A node that is left out keeps all of its own.
   *
   * @param overheadBytes of surplus copies that are kept, all nodes together
   */
  public static Map<String, Long> quotas(Collection<NodeSurplus> nodes, long overheadBytes) {
    long excess = -overheadBytes;
    for (NodeSurplus node : nodes) {
      excess = saturated(excess, node.surplusBytes());
    }
    Map<String, Long> quotas = new LinkedHashMap<>();
    List<NodeSurplus> fullestFirst =
        nodes.stream()
            .sorted(
                Comparator.comparingLong(NodeSurplus::freeBytes).thenComparing(NodeSurplus::node))
            .toList();
    for (NodeSurplus node : fullestFirst) {
      long quota = Math.max(0, Math.min(node.surplusBytes(), excess));
      if (quota > 0) {
        quotas.put(node.node(), quota);
        excess -= quota;
      }
    }
    return quotas;
  }

  private static long saturated(long sum, long more) {
    return sum > 0 && more > Long.MAX_VALUE - sum ? Long.MAX_VALUE : sum + more;
  }

  /**
   * The holder whose copy goes first, when there are more than the policy needs: of those that
   * could go, the one with the least free space.
   *
   * @param holders whose copies count
   * @param freeBytes of the disks, as far as they are known
   * @param policy guarded: throws nothing
   */
  public static Optional<String> leaver(
      PlacementPolicy.Request request,
      Set<String> holders,
      Map<String, Long> freeBytes,
      PlacementPolicy policy) {
    if (holders.size() <= wanted(request)) {
      return Optional.empty();
    }
    return policy.mayGo(request, holders).nodeIds().stream()
        .filter(holders::contains)
        .filter(node -> isEnough(request, without(holders, node), policy))
        .min(
            Comparator.comparingLong((String node) -> freeBytes.getOrDefault(node, Long.MAX_VALUE))
                .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * Whether these copies are as many as are wanted, on nodes that stay, and spread as the policy
   * asks.
   *
   * @param whole nodes whose copies were found whole
   */
  public static boolean isEnough(
      PlacementPolicy.Request request, Set<String> whole, PlacementPolicy policy) {
    long counted =
        request.map().placeable().stream().map(ClusterMap.Node::id).filter(whole::contains).count();
    return counted >= wanted(request) && policy.isSatisfied(request, whole).satisfied();
  }

  /** Never none, not even where no node takes copies. */
  private static int wanted(PlacementPolicy.Request request) {
    return Math.max(1, Math.min(request.copies(), request.map().placeable().size()));
  }

  private static Set<String> without(Set<String> holders, String node) {
    Set<String> rest = new TreeSet<>(holders);
    rest.remove(node);
    return rest;
  }
}
