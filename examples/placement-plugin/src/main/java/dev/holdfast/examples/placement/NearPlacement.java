// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.placement;

import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keys {@code near/<value>/…} go to nodes whose label has that value, and to others only when those
 * are too few. All other keys are placed as Holdfast does by default.
 *
 * <p>A policy is a pure function: it may look at the request and nothing else, since every node
 * asks its own copy of it and all must come to the same answer.
 */
final class NearPlacement implements PlacementPolicy {
  private final String prefix;
  private final String label;
  private final PlacementPolicy ordinary = new DiverseRendezvous(DiverseRendezvous.DEFAULT_LABELS);

  NearPlacement(String prefix, String label) {
    this.prefix = prefix;
    this.label = label;
  }

  @Override
  public Choice choose(Request request) {
    Optional<String> wanted = wanted(request.key());
    if (wanted.isEmpty()) {
      return ordinary.choose(request);
    }
    List<String> near = ordinary.choose(within(request, near(request, wanted.get()))).nodeIds();
    List<String> chosen = new ArrayList<>(near);
    for (String id : ordinary.choose(all(request)).nodeIds()) {
      if (chosen.size() < request.copies() && !chosen.contains(id)) {
        chosen.add(id);
      }
    }
    return new Choice(
        chosen,
        "%d of %d copies on nodes with %s=%s."
            .formatted(near.size(), chosen.size(), label, wanted.get()));
  }

  @Override
  public Verdict isSatisfied(Request request, Set<String> holders) {
    Optional<String> wanted = wanted(request.key());
    if (wanted.isEmpty()) {
      return ordinary.isSatisfied(request, holders);
    }
    Set<String> near = near(request, wanted.get());
    long nearCopies = holders.stream().filter(near::contains).count();
    long nearPossible = Math.min(request.copies(), near.size());
    long copies = request.map().placeable().stream().filter(n -> holders.contains(n.id())).count();
    long possible = Math.min(request.copies(), request.map().placeable().size());
    return new Verdict(
        possible > 0 && copies >= possible && nearCopies >= nearPossible,
        "%d of %d copies, %d of %d on nodes with %s=%s."
            .formatted(copies, possible, nearCopies, nearPossible, label, wanted.get()));
  }

  /** What {@code choose} would not take goes first, and only while the rest satisfies. */
  @Override
  public Surplus mayGo(Request request, Set<String> holders) {
    if (wanted(request.key()).isEmpty()) {
      return ordinary.mayGo(request, holders);
    }
    List<String> chosen = choose(request).nodeIds();
    List<String> worstFirst = new ArrayList<>(holders.stream().sorted().toList());
    worstFirst.removeAll(chosen);
    chosen.reversed().stream().filter(holders::contains).forEach(worstFirst::add);
    Set<String> remaining = new HashSet<>(holders);
    List<String> gone = new ArrayList<>();
    for (String id : worstFirst) {
      remaining.remove(id);
      if (isSatisfied(request, remaining).satisfied()) {
        gone.add(id);
      } else {
        remaining.add(id);
      }
    }
    return new Surplus(gone, "%d of %d copies can go.".formatted(gone.size(), holders.size()));
  }

  /** {@code eu} for the key {@code near/eu/report.pdf}. */
  private Optional<String> wanted(String key) {
    int end = key.indexOf('/', prefix.length());
    return key.startsWith(prefix) && end > prefix.length()
        ? Optional.of(key.substring(prefix.length(), end))
        : Optional.empty();
  }

  private Set<String> near(Request request, String wanted) {
    Set<String> near = new HashSet<>();
    for (ClusterMap.Node node : request.map().placeable()) {
      if (wanted.equals(node.labels().get(label))) {
        near.add(node.id());
      }
    }
    return near;
  }

  /** The same request as if the cluster had these nodes alone. */
  private static Request within(Request request, Set<String> ids) {
    List<ClusterMap.Node> nodes =
        request.map().nodes().stream().filter(node -> ids.contains(node.id())).toList();
    return new Request(
        new ClusterMap(request.map().epoch(), nodes), request.key(), request.copies());
  }

  /** Asks for every node, to get the whole order. */
  private static Request all(Request request) {
    return new Request(request.map(), request.key(), Math.max(1, request.map().nodes().size()));
  }
}
