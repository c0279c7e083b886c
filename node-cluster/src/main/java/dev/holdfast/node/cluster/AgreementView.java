// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.NodeLease;
import org.jspecify.annotations.Nullable;

/**
 * What may be told of the coordinator, as this node sees it.
 *
 * @param votes whether nodes vote; else the servers of the backend do, and no node leads
 * @param quorum whether a majority has answered the last renewal of this node's lease
 */
record AgreementView(CoordinatorStatus status, boolean votes, boolean quorum) {
  static AgreementView of(Coordinator coordinator) {
    return new AgreementView(
        coordinator.status(),
        coordinator.voters().isPresent(),
        coordinator.lease().state() == NodeLease.State.CONNECTED);
  }

  /** A node; null while none is known, and where none leads. */
  @Nullable String leader() {
    return votes ? status.leader() : null;
  }

  String role(String node) {
    if (!votes) {
      return "member";
    }
    if (node.equals(status.leader())) {
      return "leader";
    }
    return status.voters().contains(node) ? "follower" : "observer";
  }
}
