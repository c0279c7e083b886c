// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.coordinator.CoordinatorStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Roles are told of the nodes, never of servers beside them. */
final class AgreementViewTest {
  @Test
  void nodesThatVoteLeadFollowOrObserve() {
    AgreementView view =
        new AgreementView(
            new CoordinatorStatus("raft", "n1", List.of("n1", "n2"), List.of("n3"), 7, 0, 2),
            true,
            true);

    assertThat(view.leader()).isEqualTo("n1");
    assertThat(List.of(view.role("n1"), view.role("n2"), view.role("n3")))
        .containsExactly("leader", "follower", "observer");
  }

  @Test
  void whereServersVoteANodeIsAMemberAndNoneLeads() {
    AgreementView view =
        new AgreementView(
            new CoordinatorStatus("zookeeper", "zk1:2181", List.of(), List.of(), 7, 0, 0),
            false,
            true);

    assertThat(view.leader()).isNull();
    assertThat(view.role("n1")).isEqualTo("member");
  }
}
