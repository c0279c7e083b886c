// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.LongSupplier;

/**
 * A plugin's cleanup policy that cannot hurt: it has a deadline on the plugin's own threads, all
 * that it throws is caught, its answer is checked, and after failures in a row it is not asked for
 * a while. Without an answer, or with nonsense for one, nothing is deleted.
 *
 * <p>Thread-safe. Blocks up to the deadline of merges and cleanups. Throws nothing.
 */
public final class GuardedCleanup implements CleanupPolicy {
  private final String name;
  private final CleanupPolicy plugin;
  private final PolicyGuard guard;

  /**
   * @param name {@code pluginId/policyName}
   */
  GuardedCleanup(
      String name,
      CleanupPolicy plugin,
      PluginThreads threads,
      PluginLimits limits,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.name = name;
    this.plugin = plugin;
    this.guard =
        new PolicyGuard(
            new PolicyGuard.Naming("Cleanup policy", name, "nothing is deleted"),
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

  @Override
  public Decision oldVersions(History history) {
    return guard
        .ask(() -> CleanupCheck.oldVersions(history, plugin.oldVersions(history)))
        .orElse(Decision.NOTHING);
  }

  @Override
  public Decision surplusCopies(Surplus surplus) {
    return guard
        .ask(() -> CleanupCheck.surplusCopies(surplus, plugin.surplusCopies(surplus)))
        .orElse(Decision.NOTHING);
  }

  PolicyCounters counters() {
    return guard.counters();
  }

  Circuit.State circuit() {
    return guard.circuit();
  }
}
