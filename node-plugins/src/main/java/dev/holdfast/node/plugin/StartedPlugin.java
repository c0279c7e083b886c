// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginReport.Source;
import dev.holdfast.node.plugin.PluginReport.State;
import dev.holdfast.spi.plugin.Plugin;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A plugin that runs.
 *
 * @param policies guarded, by their name inside the plugin
 */
record StartedPlugin(
    PluginDescriptor descriptor,
    Source source,
    Plugin plugin,
    PluginThreads threads,
    SortedMap<String, GuardedPlacement> policies) {
  StartedPlugin {
    policies = new TreeMap<>(policies);
  }

  PluginReport report(String active) {
    List<PluginReport.Policy> reports = new ArrayList<>();
    String reason = "";
    for (var policy : policies.entrySet()) {
      String name = descriptor.id() + "/" + policy.getKey();
      PolicyCounters counters = policy.getValue().counters();
      reports.add(
          new PluginReport.Policy(
              name,
              name.equals(active),
              (long) counters.calls.count(),
              (long) counters.failures.count(),
              (long) counters.corrected.count(),
              (long) counters.fallbacks.count(),
              policy.getValue().circuit().name()));
      reason = counters.lastFailure().isEmpty() ? reason : counters.lastFailure();
    }
    return new PluginReport(
        descriptor.id(),
        descriptor.version().toString(),
        source,
        State.STARTED,
        reason,
        reports,
        threads.stuck());
  }
}
