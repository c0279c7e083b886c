// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Settings;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.Voters.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that is not wholly this node's own is refused. */
final class DataFolderTest {
  @TempDir Path folder = Path.of("");
  private final List<CoordinatorFailedException> fatal = new CopyOnWriteArrayList<>();

  private Settings settings(String cluster, String incarnation, String address) {
    return new Settings(
        "n1",
        incarnation,
        folder.resolve("n1"),
        address,
        List.of(new Member("n1", incarnation, address, true)),
        cluster,
        Map.of("freeSpaceMinBytes", "1MiB"),
        fatal::add,
        Meter.NONE,
        RaftCluster.LINKS);
  }

  private void refuses(Settings settings, String because) {
    assertThatExceptionOfType(CoordinatorFailedException.class)
        .isThrownBy(() -> RaftCoordinatorFactory.openRaft(settings))
        .withMessageContaining(because);
  }

  @Test
  void refusesWhatIsForeignInUseOrHalfGone() throws Exception {
    String address = RaftCluster.prepare(folder, 1, Map.of()).founders().getFirst().address();
    RaftCoordinator running = RaftCoordinatorFactory.openRaft(settings("c", "a", address));
    refuses(settings("c", "a", address), "in use");
    Settings samePort =
        new Settings(
            "n2",
            "a",
            folder.resolve("n2"),
            address,
            List.of(),
            "c",
            Map.of("freeSpaceMinBytes", "1MiB"),
            fatal::add,
            Meter.NONE,
            RaftCluster.LINKS);
    refuses(samePort, "choose another with node.raft");
    running.close();

    refuses(settings("other", "a", address), "belongs to cluster c");
    refuses(settings("c", "b", address), "belongs to incarnation a");
    Folders.delete(folder.resolve("n1/log"));
    refuses(settings("c", "a", address), "lost its Raft log");
    Files.delete(folder.resolve("n1/holdfast-raft.properties"));
    refuses(settings("c", "a", address), "no marker");
    assertThat(fatal).isEmpty();
  }

  /** Then the node comes back as another incarnation; half of a state is refused instead. */
  @Test
  void isLostWhenNothingOfItIsLeft() throws Exception {
    RaftCoordinatorFactory factory = new RaftCoordinatorFactory();
    Path own = folder.resolve("n1");
    assertThat(factory.isLost(own)).isTrue();
    String address = RaftCluster.prepare(folder, 1, Map.of()).founders().getFirst().address();
    RaftCoordinatorFactory.openRaft(settings("c", "a", address)).close();
    assertThat(factory.isLost(own)).isFalse();

    Files.delete(own.resolve("holdfast-raft.properties"));
    assertThat(factory.isLost(own)).isFalse();
    Folders.delete(own.resolve("log"));
    Folders.delete(own.resolve("table"));

    assertThat(own.resolve("lock")).exists();
    assertThat(factory.isLost(own)).isTrue();
  }

  /** Ratis interrupts elections that are over; a vote of one must not look like a broken disk. */
  @Test
  void aFolderIsSyncedByAThreadThatIsInterrupted() throws Exception {
    Thread.currentThread().interrupt();
    Folders.syncUninterrupted(folder);
    assertThat(Thread.interrupted()).isTrue();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> Folders.syncUninterrupted(folder.resolve("missing")));
  }

  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(CoordinatorFactory.class))
        .extracting(CoordinatorFactory::name)
        .contains("raft");
  }
}
