// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What operators ask of a cluster: its status, the removal of nodes, export and import of its
 * state. Apart from {@link ClusterFeature}, since a removal drains the features above that one.
 */
public final class OperatorFeature implements Feature {
  /** Of one request to remove a node: clients and proxies wait longer than that. */
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(20);

  private final List<Routes> routes;

  /**
   * @param drain moves copies off a node that leaves
   * @param warnings of all features, for the status
   */
  public OperatorFeature(
      NodeServices services,
      ClusterFeature cluster,
      DataFolder data,
      Removal.Drain drain,
      Supplier<List<String>> warnings) {
    Removal removal =
        new Removal(
            cluster.membership(),
            services.coordinator(),
            cluster.directory(),
            services.peers(),
            drain,
            DRAIN_PATIENCE,
            services.nanoTime());
    this.routes =
        List.of(
            new ClusterRoutes(
                cluster.directory(), services.coordinator(), removal, cluster.health(), warnings),
            new StateRoutes(
                new StateTransfer(services.coordinator(), cluster.clusterId()),
                data.folder("transfer")));
  }

  @Override
  public List<Routes> routes() {
    return routes;
  }

  @Override
  public boolean servesWithoutState() {
    return true;
  }
}
