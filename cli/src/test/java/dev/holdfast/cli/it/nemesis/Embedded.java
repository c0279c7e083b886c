// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.cluster.LocalProcess;
import java.util.List;

/** Raft: the nodes agree among themselves. */
final class Embedded implements Agreement {
  @Override
  public LocalCluster.Builder configure(LocalCluster.Builder cluster) {
    return cluster;
  }

  @Override
  public List<LocalProcess> servers() {
    return List.of();
  }

  @Override
  public LocalNode leader(LocalCluster cluster) {
    return cluster.leader().orElse(cluster.node(0));
  }

  @Override
  public void close() {}
}
