// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RaftOptionsTest {
  @Test
  void derivesTimesFromTheElectionTimeout() {
    RaftOptions options = RaftOptions.parse(Map.of("electionTimeoutMin", "1s"));

    assertThat(options.electionTimeoutMax()).isEqualTo(Duration.ofSeconds(2));
    assertThat(options.heartbeatInterval()).isEqualTo(Duration.ofMillis(500));
    assertThat(options.logSegmentBytes()).isEqualTo(8 << 20);
  }

  @Test
  void namesAllErrorsAtOnceAndWhatWasMeant() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            RaftOptions.parse(
                Map.of("leaseTTL", "5s", "overlayBytesMax", "7 apples", "snapshotEntries", "0")))
        .withMessageContaining("did you mean leaseTtl?")
        .withMessageContaining("7 apples")
        .withMessageContaining("snapshotEntries is not positive");
  }

  @Test
  void takesTheThresholdUnderBothNamesAndAnOddNumberOfVoters() {
    assertThat(RaftOptions.parse(Map.of("snapshotThreshold", "1000")).snapshotEntries())
        .isEqualTo(1000);
    assertThat(RaftOptions.parse(Map.of("votersMax", "7")).votersMax()).isEqualTo(7);
    assertThat(RaftOptions.parse(Map.of()).votersMax()).isEqualTo(5);
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            RaftOptions.parse(
                Map.of("snapshotThreshold", "1", "snapshotEntries", "2", "votersMax", "4")))
        .withMessageContaining("snapshotThreshold and snapshotEntries are the same")
        .withMessageContaining("votersMax is not an odd number");
  }
}
