// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.placement.PlacementPolicy.Choice;
import dev.holdfast.spi.placement.PlacementPolicy.Request;
import dev.holdfast.spi.placement.PlacementPolicy.Surplus;
import dev.holdfast.spi.placement.PlacementPolicy.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes a plugin's answer fit for use: what is wrong is taken out, what is missing is filled up
 * from the built-in policy. Whatever the plugin says, no object gets fewer copies than asked for
 * while nodes are there, and no copy goes below that.
 */
final class PlacementCheck {
  private PlacementCheck() {}

  static Checked<Choice> choice(Request request, Choice choice, PlacementPolicy builtIn) {
    Set<String> placeable = placeable(request);
    Set<String> kept = new LinkedHashSet<>();
    List<String> refused = new ArrayList<>();
    for (String id : choice.nodeIds()) {
      if (kept.size() == request.copies() || !placeable.contains(id) || !kept.add(id)) {
        refused.add(id);
      }
    }
    int fitting = kept.size();
    if (fitting < floor(request)) {
      kept.addAll(builtIn.choose(request).nodeIds());
    }
    List<String> nodeIds = kept.stream().limit(request.copies()).toList();
    if (refused.isEmpty() && nodeIds.size() == fitting) {
      return new Checked<>(new Choice(nodeIds, Told.clip(choice.explanation())), Optional.empty());
    }
    String complaint =
        "choose() gave %d fitting nodes of %d, and refused are %s"
            .formatted(fitting, floor(request), some(refused));
    return new Checked<>(
        new Choice(nodeIds, Told.clip(choice.explanation()) + " Corrected: " + complaint),
        Optional.of(complaint));
  }

  static Checked<Verdict> verdict(Request request, Set<String> holders, Verdict verdict) {
    Verdict clipped = new Verdict(verdict.satisfied(), Told.clip(verdict.explanation()));
    int counted = counted(request, holders);
    int floor = Math.max(1, floor(request));
    if (!clipped.satisfied() || counted >= floor) {
      return new Checked<>(clipped, Optional.empty());
    }
    String complaint =
        "isSatisfied() accepts %d copies on active nodes where %d are needed"
            .formatted(counted, floor);
    return new Checked<>(new Verdict(false, complaint), Optional.of(complaint));
  }

  static Checked<Surplus> mayGo(Request request, Set<String> holders, Surplus going) {
    Set<String> remaining = new HashSet<>(holders);
    List<String> kept = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    int floor = Math.max(1, floor(request));
    for (String id : going.nodeIds()) {
      if (!remaining.remove(id)) {
        refused.add(id);
      } else if (counted(request, remaining) < floor) {
        remaining.add(id);
        refused.add(id);
      } else {
        kept.add(id);
      }
    }
    return new Checked<>(
        new Surplus(kept, Told.clip(going.explanation())),
        refused.isEmpty()
            ? Optional.empty()
            : Optional.of("mayGo() would let go what must stay: " + some(refused)));
  }

  /** The copies that every policy must reach. */
  private static int floor(Request request) {
    return Math.min(request.copies(), request.map().placeable().size());
  }

  private static int counted(Request request, Set<String> holders) {
    Set<String> counted = placeable(request);
    counted.retainAll(holders);
    return counted.size();
  }

  private static Set<String> placeable(Request request) {
    return request.map().placeable().stream()
        .map(ClusterMap.Node::id)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static String some(List<String> ids) {
    return Told.clip(ids.toString());
  }
}
