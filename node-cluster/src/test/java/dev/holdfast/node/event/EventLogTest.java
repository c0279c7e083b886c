// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.http.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EventLogTest {
  private static String line(String type, Map<String, Object> details) {
    return EventLog.line(new NodeEvent(1, type, Instant.EPOCH, "n1", details)).orElse("");
  }

  @Test
  void aChangeOfWhoLeadsOrAnswersIsALine() {
    assertThat(line("leader_elected", Map.of("leader", "n1", "term", 7)))
        .isEqualTo("This node leads, term 7");
    assertThat(line("leader_elected", Map.of("leader", "n2", "term", 7)))
        .isEqualTo("n2 leads, term 7");
    assertThat(line("became_follower", Map.of("term", 8))).contains("does not lead any more");
    assertThat(line("node_unhealthy", Map.of("peer", "n3", "reason", "refused")))
        .isEqualTo("n3 does not answer any more: refused");
    assertThat(line("node_health_changed", Map.of("peer", "n3", "after", "healthy")))
        .isEqualTo("n3 answers again");
    assertThat(line("node_health_changed", Map.of("peer", "n3", "after", "unhealthy"))).isEmpty();
    assertThat(line("reconnect_failed", Map.of("peer", "n3"))).isEmpty();
  }

  @Test
  void typesThatThereAreNotAreRefusedWithTheList() {
    assertThat(EventRoutes.known(List.of("node_left", "gap"))).contains("node_left", "gap");
    assertThatThrownBy(() -> EventRoutes.known(List.of("node_left", "nope")))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("nope");
  }

  @Test
  void thePageHasEachType() throws IOException {
    List<String> inPage =
        Files.readAllLines(Path.of("..", "docs", "reference", "events.md")).stream()
            .filter(row -> row.startsWith("| `"))
            .map(row -> row.substring(3, row.indexOf('`', 3)))
            .toList();

    assertThat(inPage).containsExactlyInAnyOrderElementsOf(EventType.ALL);
  }
}
