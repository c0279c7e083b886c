// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalProcess;
import java.util.List;
import java.util.stream.Stream;

/** All processes of a run: nodes, and the servers beside them. */
record Members(LocalCluster cluster, Agreement agreement) {
  /**
   * Whom a fault is about.
   *
   * @param place of its namespace, in which there may be others
   */
  record Member(int place, LocalProcess process) {}

  List<LocalProcess> all() {
    return Stream.concat(cluster.nodes().stream(), agreement.servers().stream()).toList();
  }

  /**
   * @param target a name, or {@link Schedule#LEADER}
   * @throws IllegalArgumentException when there is none of this name
   */
  Member find(String target) {
    LocalProcess process =
        target.equals(Schedule.LEADER)
            ? agreement.leader(cluster)
            : all().stream()
                .filter(it -> it.id().equals(target))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No " + target + " in " + all()));
    return new Member(
        Math.max(cluster.nodes().indexOf(process), agreement.servers().indexOf(process)), process);
  }

  /** The node at a place. */
  String node(int place) {
    return cluster.node(place).id();
  }
}
