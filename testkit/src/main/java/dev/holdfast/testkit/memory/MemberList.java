// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.Voters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who belongs to the cluster, the first few with a vote. Under the lock of the cluster. */
final class MemberList {
  private final Map<String, Voters.Member> members = new LinkedHashMap<>();

  void addIfNew(String nodeId) {
    if (!members.containsKey(nodeId)) {
      add(new Voters.Member(nodeId, "memory", "", true));
    }
  }

  /** With the vote that it asks for, as long as there is one to have. */
  void add(Voters.Member member) {
    members.remove(member.nodeId());
    boolean voting = member.voting() && ids(true).size() < InMemoryCluster.VOTERS_MAX;
    members.put(
        member.nodeId(),
        new Voters.Member(member.nodeId(), member.incarnation(), member.address(), voting));
  }

  void remove(String nodeId) {
    members.remove(nodeId);
  }

  List<Voters.Member> all() {
    return List.copyOf(members.values());
  }

  List<String> ids(boolean voting) {
    return members.values().stream()
        .filter(member -> member.voting() == voting)
        .map(Voters.Member::nodeId)
        .toList();
  }
}
