// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.ServerFrame.LeaderAt;
import org.junit.jupiter.api.Test;

/** What clients are told of the leader, and when. */
final class LeaderNewsTest {
  private static final LeaderAt NOBODY = new LeaderAt("", "");
  private static final LeaderAt N1 = new LeaderAt("n1", "http://127.0.0.1:7600");
  private static final LeaderAt N2 = new LeaderAt("n2", "http://127.0.0.1:7610");

  private final RecordingChannel client = new RecordingChannel();
  private final FrameChannel channel = client.asFrameChannel();
  private LeaderAt now = NOBODY;
  private final LeaderNews news = new LeaderNews(() -> now);

  @Test
  void tellsWhoComesAndThenEachChangeOnce() {
    now = N1;

    news.join(channel);
    assertThat(client.frames()).as("before anybody looks").containsExactly(N1);
    news.look();
    now = NOBODY;
    news.look();
    news.look();
    now = N2;
    news.look();

    assertThat(client.frames()).containsExactly(N1, NOBODY, N2);
  }

  @Test
  void tellsNothingWhereThereIsNoLeader() {
    news.join(channel);
    news.look();

    assertThat(client.frames()).isEmpty();
  }

  @Test
  void tellsNothingToWhoHasLeft() {
    news.join(channel);
    news.leave(channel);
    now = N1;
    news.look();

    assertThat(client.frames()).isEmpty();
  }
}
