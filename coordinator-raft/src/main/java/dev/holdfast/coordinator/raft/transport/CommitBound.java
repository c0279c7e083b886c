// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;

/**
 * Bounds what a message of the leader may make a follower commit: entries that the message carries,
 * or that lie at or before the one it names as the previous one, and so was compared.
 *
 * <p>Ratis 3.3 takes index 0 for the previous one when there is none. A heartbeat to a server whose
 * entry 0 is of a leader that was never heard by a majority then commits that entry, and no later
 * leader can replace it: the server refuses all entries for good (Raft §5.3).
 */
final class CommitBound {
  private CommitBound() {}

  static AppendEntriesRequestProto bounded(AppendEntriesRequestProto request) {
    long compared = request.getEntriesCount() - 1L;
    return request.hasPreviousLog() || request.getLeaderCommit() <= compared
        ? request
        : request.toBuilder().setLeaderCommit(compared).build();
  }
}
