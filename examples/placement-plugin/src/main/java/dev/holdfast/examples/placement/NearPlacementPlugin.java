// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.placement;

import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.plugin.Plugin;
import dev.holdfast.spi.plugin.PluginContext;
import java.util.Map;

/**
 * The entry class that {@code plugin.yaml} names: public, with a public constructor without
 * parameters. It serves one policy, {@code default}; a plugin installed in a data folder whose
 * policy has this name takes over from the one that ships with Holdfast.
 */
public final class NearPlacementPlugin implements Plugin {
  private Map<String, PlacementPolicy> policies = Map.of();

  /** The config is complete and of the right types here: the node checked it against the schema. */
  @Override
  public void start(PluginContext context) {
    String prefix = String.valueOf(context.config().get("prefix"));
    String label = String.valueOf(context.config().get("label"));
    policies = Map.of("default", new NearPlacement(prefix, label));
    context.log(
        PluginContext.Level.INFO,
        "Keys below %s<%s>/ go to nodes of that %s first".formatted(prefix, label, label));
  }

  @Override
  public Map<String, PlacementPolicy> placementPolicies() {
    return policies;
  }
}
