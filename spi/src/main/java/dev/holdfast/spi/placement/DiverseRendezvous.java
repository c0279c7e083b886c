// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Weighted rendezvous with label diversity: the policy of the plugin {@code placement-rendezvous},
 * and the node's own when a plugin fails, so that both give the same answers. Also a base for other
 * policies to delegate to.
 *
 * <p>{@code choose} fills one place after the other. Each goes to the node whose value of the first
 * label is the least used so far; among these, the least used value of the second label, and so on;
 * among these, the best rendezvous rank. So copies share a value of a label only when no free node
 * is left elsewhere, and the last label gives way first. A node without a label stands in one
 * unnamed place with all others that lack it. For labels that nest (a rack stands in one zone) no
 * choice is more even, label by label; for labels that cross it is a greedy answer.
 *
 * <p>A set of holders is <i>satisfied</i> when it has as many copies on active nodes, and spreads
 * them as evenly over each label, as {@code choose} would. More holders never satisfy less.
 *
 * <p>Pure and thread-safe. Source: {@link Rendezvous}.
 */
public final class DiverseRendezvous implements PlacementPolicy {
  /** The widest first. A label that no node carries has no effect. */
  public static final List<String> DEFAULT_LABELS = List.of("dc", "zone", "rack");

  private final List<String> labels;

  /**
   * @param labels distinct, the most important first; may be empty
   */
  public DiverseRendezvous(List<String> labels) {
    this.labels = List.copyOf(labels);
    if (new HashSet<>(labels).size() != labels.size()) {
      throw new IllegalArgumentException("A label stands twice in " + labels);
    }
  }

  @Override
  public Choice choose(Request request) {
    List<ClusterMap.Node> chosen = pick(request);
    return new Choice(ids(chosen), explain(request, chosen));
  }

  @Override
  public Verdict isSatisfied(Request request, Set<String> holders) {
    List<ClusterMap.Node> chosen = pick(request);
    if (chosen.isEmpty()) {
      return new Verdict(false, "No node of the cluster map takes copies.");
    }
    List<ClusterMap.Node> counted = counted(request, holders);
    if (counted.size() < chosen.size()) {
      return new Verdict(
          false,
          "%d of %d copies are on active nodes, of %d asked for."
              .formatted(counted.size(), chosen.size(), request.copies()));
    }
    for (String label : labels) {
      if (!isAsEven(counted, chosen, label)) {
        return new Verdict(
            false,
            "Over '%s' the copies stand as %s where %s is possible."
                .formatted(label, counts(counted, label), counts(chosen, label)));
      }
    }
    return new Verdict(
        true, "%d of %d copies, well spread.".formatted(counted.size(), chosen.size()));
  }

  /**
   * {@inheritDoc} In front are holders that left the cluster, then draining ones, then those that
   * {@code choose} would not take, by rising rank. Nothing may go before the holders are satisfied.
   */
  @Override
  public Surplus mayGo(Request request, Set<String> holders) {
    List<ClusterMap.Node> chosen = pick(request);
    Set<String> remaining = new HashSet<>(holders);
    List<String> gone = new ArrayList<>();
    for (String candidate : worstFirst(request, holders, ids(chosen))) {
      remaining.remove(candidate);
      if (reaches(counted(request, remaining), chosen)) {
        gone.add(candidate);
      } else {
        remaining.add(candidate);
      }
    }
    return new Surplus(
        gone,
        "%d of %d copies are more than are needed for %d, well spread."
            .formatted(gone.size(), holders.size(), chosen.size()));
  }

  private List<ClusterMap.Node> pick(Request request) {
    List<ClusterMap.Node> free =
        new ArrayList<>(Rendezvous.rankNodes(request.key(), request.map().placeable()));
    List<ClusterMap.Node> chosen = new ArrayList<>();
    Map<String, Map<String, Integer>> used = new HashMap<>();
    while (chosen.size() < request.copies() && !free.isEmpty()) {
      ClusterMap.Node best = free.getFirst();
      for (ClusterMap.Node node : free) {
        if (isLessCrowded(node, best, used)) {
          best = node;
        }
      }
      free.remove(best);
      chosen.add(best);
      for (String label : labels) {
        used.computeIfAbsent(label, any -> new HashMap<>())
            .merge(place(best, label), 1, Integer::sum);
      }
    }
    return chosen;
  }

  private boolean isLessCrowded(
      ClusterMap.Node node, ClusterMap.Node other, Map<String, Map<String, Integer>> used) {
    for (String label : labels) {
      Map<String, Integer> uses = used.getOrDefault(label, Map.of());
      int difference =
          uses.getOrDefault(place(node, label), 0) - uses.getOrDefault(place(other, label), 0);
      if (difference != 0) {
        return difference < 0;
      }
    }
    return false; // The other has the better rank.
  }

  private boolean reaches(List<ClusterMap.Node> counted, List<ClusterMap.Node> chosen) {
    return !chosen.isEmpty()
        && counted.size() >= chosen.size()
        && labels.stream().allMatch(label -> isAsEven(counted, chosen, label));
  }

  /**
   * Whether, for every t, as many copies count when at most t of them count for each value of the
   * label: for t = 1 that is the number of distinct values. Further copies never make it false.
   */
  private static boolean isAsEven(
      List<ClusterMap.Node> counted, List<ClusterMap.Node> chosen, String label) {
    List<Integer> has = counts(counted, label);
    List<Integer> reachable = counts(chosen, label);
    for (int t = 1; t <= reachable.getFirst(); t++) {
      if (capped(has, t) < capped(reachable, t)) {
        return false;
      }
    }
    return true;
  }

  private static int capped(List<Integer> counts, int limit) {
    return counts.stream().mapToInt(count -> Math.min(count, limit)).sum();
  }

  /** How many of the nodes share each value of the label, the largest first. */
  private static List<Integer> counts(List<ClusterMap.Node> nodes, String label) {
    return nodes.stream()
        .collect(
            Collectors.groupingBy(node -> place(node, label), Collectors.summingInt(node -> 1)))
        .values()
        .stream()
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  /** Only copies on active nodes count: a draining node is on its way out. */
  private static List<ClusterMap.Node> counted(Request request, Set<String> holders) {
    return request.map().placeable().stream().filter(node -> holders.contains(node.id())).toList();
  }

  private static List<String> worstFirst(
      Request request, Set<String> holders, List<String> chosen) {
    List<String> best = new ArrayList<>(chosen);
    best.retainAll(holders);
    List<ClusterMap.Node> others =
        request.map().nodes().stream()
            .filter(node -> holders.contains(node.id()) && !chosen.contains(node.id()))
            .toList();
    for (ClusterMap.State state : List.of(ClusterMap.State.ACTIVE, ClusterMap.State.DRAINING)) {
      best.addAll(
          ids(
              Rendezvous.rankNodes(
                  request.key(), others.stream().filter(node -> node.state() == state).toList())));
    }
    holders.stream().filter(id -> request.map().node(id).isEmpty()).sorted().forEach(best::add);
    return best.reversed();
  }

  private String explain(Request request, List<ClusterMap.Node> chosen) {
    String spread =
        labels.stream()
            .filter(label -> chosen.stream().anyMatch(node -> node.labels().containsKey(label)))
            .map(label -> "%d %s".formatted(counts(chosen, label).size(), label))
            .collect(Collectors.joining(", "));
    return "%d of %d copies by weighted rendezvous rank%s."
        .formatted(chosen.size(), request.copies(), spread.isEmpty() ? "" : ", over " + spread);
  }

  private static String place(ClusterMap.Node node, String label) {
    return node.labels().getOrDefault(label, "");
  }

  private static List<String> ids(List<ClusterMap.Node> nodes) {
    return nodes.stream().map(ClusterMap.Node::id).toList();
  }
}
