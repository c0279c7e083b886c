// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * A plugin's merge policy that cannot hurt: it has a deadline on the plugin's own threads, all that
 * it throws is caught, its answer is checked, and after failures in a row it is not asked for a
 * while. What it does not answer, or answers with nonsense, somebody merges by hand.
 *
 * <p>Thread-safe. Blocks up to the merge deadline. Throws nothing.
 */
public final class GuardedMerge {
  private final String name;
  private final Set<String> contentTypes;
  private final MergePolicy plugin;
  private final PolicyGuard guard;

  /**
   * @param name {@code pluginId/policyName}
   * @param contentTypes as it named them at start
   */
  GuardedMerge(
      String name,
      Set<String> contentTypes,
      MergePolicy plugin,
      PluginThreads threads,
      PluginLimits limits,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.name = name;
    this.contentTypes = Set.copyOf(contentTypes);
    this.plugin = plugin;
    this.guard =
        new PolicyGuard(
            new PolicyGuard.Naming("Merge policy", name, "somebody has to merge by hand"),
            threads,
            limits,
            limits.mergeDeadline(),
            nanoTime,
            registry);
  }

  /** {@code pluginId/policyName}. */
  public String name() {
    return name;
  }

  /** {@code type/subtype} in lower case, without parameters. */
  public Set<String> contentTypes() {
    return contentTypes;
  }

  /** Empty when it gave no answer: asked again it may. */
  public Optional<Outcome> merge(Request request) {
    return guard.ask(() -> MergeCheck.outcome(request, plugin.merge(request)));
  }

  PolicyCounters counters() {
    return guard.counters();
  }

  Circuit.State circuit() {
    return guard.circuit();
  }
}
