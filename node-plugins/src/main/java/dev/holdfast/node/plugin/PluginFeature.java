// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.OpenParts;
import dev.holdfast.node.http.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The plugins of this node, and the policies that they bring. Needs no agreement, so it is first.
 */
public final class PluginFeature implements Feature {
  private final Plugins plugins;

  /**
   * Loads and starts the plugins. Blocks up to their start deadline.
   *
   * @param nanoTime monotonic
   * @throws PluginRequiredException the node must not start
   * @throws UnknownPolicyException nor with a policy that nobody offers
   * @throws IOException an interrupted installation could not be finished
   */
  public PluginFeature(
      PluginSetup setup, LongSupplier nanoTime, MeterRegistry registry, OpenParts parts)
      throws PluginRequiredException, UnknownPolicyException, IOException {
    this.plugins =
        parts.open(new PluginLoader(setup, PluginLimits.DEFAULT, nanoTime, registry).load());
  }

  /** The policy that this node places by. */
  public ActivePlacement placement() {
    return plugins.placement();
  }

  /** The merge policies that the config names, in its order. */
  public List<GuardedMerge> merges() {
    return plugins.merges();
  }

  /** The cleanup policy that the config names. */
  public Optional<GuardedCleanup> cleanup() {
    return plugins.cleanup();
  }

  @Override
  public List<Routes> routes() {
    return List.of(new PluginRoutes(plugins));
  }

  @Override
  public boolean servesWithoutState() {
    return true;
  }

  @Override
  public List<String> warnings() {
    return plugins.warnings();
  }
}
