// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.plugin;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.merge.MergePolicy;
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

  /**
   * The merge policies that this plugin provides, by name; no placement policy has the same name.
   * Asked once, after start. Used when {@code merge.policies} names them. Since SPI 1.1.
   */
  default Map<String, MergePolicy> mergePolicies() {
    return Map.of();
  }

  /**
   * The cleanup policies that this plugin provides, by name; no policy of another kind has the same
   * name. Asked once, after start. Used when {@code cleanup.policy} names one. Since SPI 1.2.
   */
  default Map<String, CleanupPolicy> cleanupPolicies() {
    return Map.of();
  }

  /** Called once when the node stops, with a deadline. */
  default void stop() {}
}
