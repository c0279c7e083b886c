// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginReport.Source;
import dev.holdfast.node.plugin.PluginReport.State;
import dev.holdfast.spi.plugin.Plugin;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A plugin that runs.
 *
 * @param policies guarded, by their name inside the plugin
 * @param merges guarded, by their name inside the plugin
 * @param cleanups guarded, by their name inside the plugin
 */
record StartedPlugin(
    PluginDescriptor descriptor,
    Source source,
    Plugin plugin,
    PluginThreads threads,
    SortedMap<String, GuardedPlacement> policies,
    SortedMap<String, GuardedMerge> merges,
    SortedMap<String, GuardedCleanup> cleanups) {
  StartedPlugin {
    policies = new TreeMap<>(policies);
    merges = new TreeMap<>(merges);
    cleanups = new TreeMap<>(cleanups);
  }

  /**
   * @param active the policies that are used, by their full names
   */
  PluginReport report(Set<String> active) {
    SortedMap<String, PluginReport.Policy> reports = new TreeMap<>();
    List<PolicyCounters> all = new ArrayList<>();
    policies.forEach((name, policy) -> {
      all.add(policy.counters());
      reports.put(
          name,
          report(name, PluginReport.Kind.PLACEMENT, active, policy.counters(), policy.circuit()));
    });
    merges.forEach((name, policy) -> {
      all.add(policy.counters());
      reports.put(
          name, report(name, PluginReport.Kind.MERGE, active, policy.counters(), policy.circuit()));
    });
    cleanups.forEach((name, policy) -> {
      all.add(policy.counters());
      reports.put(
          name,
          report(name, PluginReport.Kind.CLEANUP, active, policy.counters(), policy.circuit()));
    });
    String reason =
        all.stream()
            .map(PolicyCounters::lastFailure)
            .filter(failure -> !failure.isEmpty())
            .reduce("", (_, later) -> later);
    return new PluginReport(
        descriptor.id(),
        descriptor.version().toString(),
        source,
        State.STARTED,
        reason,
        List.copyOf(reports.values()),
        threads.stuck());
  }

  private PluginReport.Policy report(
      String policy,
      PluginReport.Kind kind,
      Set<String> active,
      PolicyCounters counters,
      Circuit.State circuit) {
    String name = descriptor.id() + "/" + policy;
    return new PluginReport.Policy(
        name,
        kind,
        active.contains(name),
        (long) counters.calls.count(),
        (long) counters.failures.count(),
        (long) counters.corrected.count(),
        (long) counters.fallbacks.count(),
        circuit.name());
  }
}
