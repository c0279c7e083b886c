// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ClusterBodies;

/** {@code GET /v1/plugins}: what this node loaded, how it goes, and which policy places. */
public final class PluginRoutes implements Routes {
  private static final Operation LIST =
      Operation.external(
              "listPlugins",
              "GET",
              "/v1/plugins",
              Operation.Scope.METADATA,
              "What this node loaded, how it goes, and which policy places.")
          .answers(200, ClusterBodies.Plugins.class);

  private final Plugins plugins;

  public PluginRoutes(Plugins plugins) {
    this.plugins = plugins;
  }

  @Override
  public void register(Router router) {
    router.add(LIST, this::list);
  }

  private void list(Exchange exchange) {
    ActivePlacement placement = plugins.placement();
    exchange.respond(
        200,
        new ClusterBodies.Plugins(
            new ClusterBodies.Placement(placement.name(), placement.version(), placement.reason()),
            plugins.reports().stream().map(PluginRoutes::plugin).toList()));
  }

  private static ClusterBodies.Plugin plugin(PluginReport report) {
    return new ClusterBodies.Plugin(
        report.id(),
        report.version(),
        report.source().name(),
        report.state().name(),
        report.reason(),
        report.policies().stream().map(PluginRoutes::policy).toList(),
        report.stuckThreads());
  }

  private static ClusterBodies.Policy policy(PluginReport.Policy policy) {
    return new ClusterBodies.Policy(
        policy.name(),
        policy.active(),
        policy.calls(),
        policy.failures(),
        policy.corrected(),
        policy.fallbacks(),
        policy.circuit());
  }
}
