// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ReportTest {
  private static final List<Row> ROWS =
      List.of(
          new Row("A", "commit", 1, 100, 1, 2, 0),
          new Row("B <&>", "commit", 1, 50, 1, 2, 1),
          new Row("A", "commit", 32, 1_000, 1, 2, 0),
          new Row("A", "failover", 1, 0, 900, 1_500, 0));

  @Test
  void medianOfTheRoundsCountsAndFailuresOfAll() {
    List<Row> rounds =
        List.of(
            new Row("A", "commit", 1, 10, 1, 2, 1),
            new Row("A", "commit", 1, 90, 5, 6, 0),
            new Row("B", "commit", 1, 7, 7, 7, 0),
            new Row("A", "commit", 1, 30, 3, 4, 2));

    assertThat(Row.medians(rounds))
        .containsExactly(
            new Row("A", "commit", 1, 30, 3, 4, 3), new Row("B", "commit", 1, 7, 7, 7, 0));
  }

  @Test
  void jsonHasTheNamesThatOthersRead() {
    JsonNode json = new JsonMapper().readTree(new Report("m", "c", "holdfast", ROWS).toJson());

    assertThat(json.propertyNames()).contains("machine", "commit", "rows");
    assertThat(json.get("rows").get(0).propertyNames())
        .contains("peer", "row", "callers", "perSecond", "p50Millis", "p99Millis");
    assertThat(json.get("rows").get(2).get("perSecond").asDouble()).isEqualTo(1_000);
  }

  @Test
  void chartsAreMadeOfWhatHasASpeed(@TempDir Path folder) throws Exception {
    new Report("m", "c", "holdfast", ROWS).write(folder);

    assertThat(names(folder))
        .containsExactlyInAnyOrder(
            "coordination.json", "coordination.md", "coordination-commit.svg");
    assertThat(
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve("coordination-commit.svg").toFile())
                .getElementsByTagName("rect")
                .getLength())
        .as("the page, two peers, three bars")
        .isEqualTo(6);
    assertThat(Files.readString(folder.resolve("coordination.md")))
        .contains("| A | commit | 32 | 1,000 |", "(coordination-commit.svg)");
  }

  @Test
  void minutesAreSharedByRoundsAndPeers() {
    CoordinationOptions options =
        CoordinationOptions.parse(List.of("--minutes", "60", "--peers", "zookeeper"));

    assertThat(options.counted()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
    assertThat(options.rounds()).isEqualTo(3);
  }

  @Test
  void wrongOptionsSayWhatThereIs() {
    assertThatThrownBy(() -> CoordinationOptions.parse(List.of("--peers", "consul")))
        .hasMessageContaining("consul")
        .hasMessageContaining("zookeeper, curator, etcd, nats");
    assertThatThrownBy(() -> CoordinationOptions.parse(List.of("--rows", "comit")))
        .hasMessageContaining("comit")
        .hasMessageContaining("lock-spread");
    assertThatThrownBy(() -> CoordinationOptions.parse(List.of("--minutes", "soon")))
        .hasMessageContaining("--minutes");
    assertThatThrownBy(() -> CoordinationOptions.parse(List.of("--minutes")))
        .hasMessageContaining("needs a value");
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
