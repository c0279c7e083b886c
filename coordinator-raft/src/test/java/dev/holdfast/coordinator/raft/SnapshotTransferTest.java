// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static dev.holdfast.coordinator.raft.RaftCluster.TIMEOUT;
import static dev.holdfast.coordinator.raft.RaftCluster.commit;
import static dev.holdfast.coordinator.raft.RaftCluster.put;
import static dev.holdfast.coordinator.raft.RaftCluster.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a leader sends to a server that has nothing. */
final class SnapshotTransferTest {
  /** Less than a snapshot takes when none can be made. */
  private static final Duration SHORT = Duration.ofSeconds(3);

  @TempDir Path folder = Path.of("");

  @Test
  void aTransferGoesOnWithItsFileWhileCheckpointsMoveOn() throws IOException {
    TableFolder tables = new TableFolder(folder, InstantSource.system());
    KeyTable table = new KeyTable(tables.open(), KeyTable.MARKS_MAX, (_, _, _) -> {});
    Checkpoint checkpoint = checkpointOf(table);
    try {
      write(table, checkpoint, 1);
      SnapshotTransfer transfer = new SnapshotTransfer(tables, checkpoint, table);
      SnapshotInfo sent = Objects.requireNonNull(transfer.getLatestSnapshot());
      Path first = sent.getFiles().getFirst().getPath();

      write(table, checkpoint, 2);

      assertThat(sent.getFiles().getFirst().getPath()).isEqualTo(first);
      SnapshotInfo next = Objects.requireNonNull(transfer.getLatestSnapshot());
      assertThat(next.getFiles().getFirst().getPath()).isNotEqualTo(first);
    } finally {
      table.closeDisk();
    }
  }

  private static Checkpoint checkpointOf(KeyTable table) {
    return new Checkpoint(
        table,
        new Fatality(_ -> {}),
        Meter.NONE,
        Duration.ofDays(1),
        () -> {},
        new RaftEvents(),
        System::nanoTime);
  }

  private static void write(KeyTable table, Checkpoint checkpoint, long sequence) {
    Command opens = new Command.OpenLease("n1", 1_000);
    table.apply(1, sequence, List.of(new Command.Batch("n1_a", sequence, List.of(opens))));
    checkpoint.write();
  }

  /** Of two voters the new one would be needed for everything. */
  @Test
  void nobodyIsAdmittedWhomTheSnapshotCannotReach() throws IOException {
    try (RaftCluster cluster = RaftCluster.start(folder, 1, Map.of())) {
      RaftCoordinator first = cluster.node("n1");
      commit(first, put("a", "1"));
      first.checkpointNow();
      Path copies = copiesOf(cluster, "n1");
      Files.delete(copies);
      Files.createFile(copies);
      Member second = cluster.member("n2", "a");
      RaftCoordinator joining = cluster.open("n2");

      assertThatThrownBy(() -> first.voters().orElseThrow().add(second, SHORT))
          .isInstanceOf(UnavailableException.class);
      commit(first, put("a", "2"));

      Files.delete(copies);
      first.voters().orElseThrow().add(second, TIMEOUT);
      assertThat(value(joining, "a")).isEqualTo("2");
      assertThat(cluster.count("raft.snapshot.installed")).isPositive();
      assertThat(cluster.fatal).isEmpty();
    }
  }

  @Test
  void nothingIsCopiedForAServerThatIsAway() throws IOException {
    try (RaftCluster cluster = RaftCluster.start(folder, 1, Map.of())) {
      RaftCoordinator first = cluster.node("n1");
      commit(first, put("a", "1"));
      first.checkpointNow();
      Member second = cluster.member("n2", "a");

      assertThatThrownBy(() -> first.voters().orElseThrow().add(second, SHORT))
          .isInstanceOf(UnavailableException.class);

      assertThat(copiesOf(cluster, "n1")).isEmptyDirectory();
      commit(first, put("a", "2"));
    }
  }

  private static Path copiesOf(RaftCluster cluster, String nodeId) throws IOException {
    Path root =
        cluster.folder(
            cluster.founders().stream()
                .filter(member -> member.nodeId().equals(nodeId))
                .findFirst()
                .orElseThrow());
    try (var tree = Files.walk(root)) {
      return tree.filter(path -> path.endsWith("table/snapshot")).findFirst().orElseThrow();
    }
  }
}
