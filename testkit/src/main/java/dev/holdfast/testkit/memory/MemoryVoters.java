// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.Voters;
import java.time.Duration;
import java.util.List;

/** The list of members. Adding and removing changes the list alone: memory needs no majority. */
final class MemoryVoters implements Voters {
  private final InMemoryCluster cluster;

  MemoryVoters(InMemoryCluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public List<Member> current() {
    return cluster.members();
  }

  @Override
  public void add(Member member, Duration timeout) {
    cluster.addMember(member);
  }

  @Override
  public void remove(String nodeId, Duration timeout) {
    cluster.removeMember(nodeId);
  }

  @Override
  public void transferLeadership(String nodeId, Duration timeout) {
    cluster.changeLeader(nodeId);
  }
}
