// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.placement;

import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.plugin.Plugin;
import dev.holdfast.spi.plugin.PluginContext;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Serves weighted rendezvous with label diversity as the policy {@code default}. The config {@code
 * diversity} names the labels, the most important first, separated by commas; an empty text asks
 * for no spread at all.
 */
public final class RendezvousPlacementPlugin implements Plugin {
  private Map<String, PlacementPolicy> policies = Map.of();

  @Override
  public void start(PluginContext context) {
    List<String> labels = labels(String.valueOf(context.config().get("diversity")));
    policies = Map.of("default", new DiverseRendezvous(labels));
    context.log(PluginContext.Level.DEBUG, "Copies are spread over " + labels);
  }

  @Override
  public Map<String, PlacementPolicy> placementPolicies() {
    return policies;
  }

  private static List<String> labels(String diversity) {
    return Arrays.stream(diversity.split(","))
        .map(String::strip)
        .filter(label -> !label.isEmpty())
        .toList();
  }
}
