// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.plugin;

import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.Map;

/**
 * The entry class of a plugin: public, with a public constructor without parameters. Each instance
 * belongs to one node. A failing plugin never stops the node.
 */
public interface Plugin {
  /** Called once before anything else, with a deadline. No network here: connect when needed. */
  void start(PluginContext context);

  /** The placement policies that this plugin provides, by name. Asked once, after start. */
  default Map<String, PlacementPolicy> placementPolicies() {
    return Map.of();
  }

  /** Called once when the node stops, with a deadline. */
  default void stop() {}
}
