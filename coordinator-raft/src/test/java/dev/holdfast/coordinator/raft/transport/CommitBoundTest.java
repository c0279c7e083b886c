// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.junit.jupiter.api.Test;

final class CommitBoundTest {
  @Test
  void aHeartbeatThatComparesNothingCommitsNothing() throws InvalidProtocolBufferException {
    for (long leaderCommit : new long[] {0, 12}) {
      AppendEntriesRequestProto bounded =
          CommitBound.bounded(
              AppendEntriesRequestProto.newBuilder().setLeaderCommit(leaderCommit).build());

      assertThat(bounded.getLeaderCommit()).isEqualTo(-1);
      assertThat(AppendEntriesRequestProto.parseFrom(bounded.toByteArray()).getLeaderCommit())
          .isEqualTo(-1);
    }
  }

  @Test
  void entriesFromTheFirstOnCommitThemselvesAndNotTheOneBehindThem() {
    assertThat(CommitBound.bounded(request(3, 12)).getLeaderCommit()).isEqualTo(2);
    assertThat(CommitBound.bounded(request(3, 2)).getLeaderCommit()).isEqualTo(2);
    assertThat(CommitBound.bounded(request(3, 1)).getLeaderCommit()).isEqualTo(1);
  }

  @Test
  void whatNamesItsPreviousEntryIsLeftAsItIs() {
    AppendEntriesRequestProto request =
        request(0, 12).toBuilder()
            .setPreviousLog(TermIndexProto.newBuilder().setTerm(2).setIndex(12))
            .build();

    assertThat(CommitBound.bounded(request)).isSameAs(request);
  }

  private static AppendEntriesRequestProto request(int entries, long leaderCommit) {
    AppendEntriesRequestProto.Builder request =
        AppendEntriesRequestProto.newBuilder().setLeaderCommit(leaderCommit);
    for (int index = 0; index < entries; index++) {
      request.addEntries(LogEntryProto.newBuilder().setTerm(2).setIndex(index));
    }
    return request.build();
  }
}
