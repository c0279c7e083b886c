// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalProcess;
import java.util.List;

/** What nodes agree through, as it runs: in themselves, or in servers beside them. */
sealed interface Agreement extends AutoCloseable permits Embedded, Ensemble {
  /** Tells the nodes to use it. */
  LocalCluster.Builder configure(LocalCluster.Builder cluster);

  /** The processes beside the nodes: each in the namespace of the node at the same place. */
  List<LocalProcess> servers();

  /** Whoever leads; any of its members when none says so. */
  LocalProcess leader(LocalCluster cluster);

  @Override
  void close();
}
