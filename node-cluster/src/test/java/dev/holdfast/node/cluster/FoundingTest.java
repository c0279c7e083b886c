// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.peer.FakePeers;
import dev.holdfast.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who founds, who joins, and who waits. A node's peer address is its id. */
@Timeout(60)
final class FoundingTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Map<String, String> BOTH = Map.of("n1", "n1", "n2", "n2");

  @TempDir Path temp;

  private final Map<String, FakePeers> all = new ConcurrentHashMap<>();
  private final Map<String, DataFolder> folders = new TreeMap<>();
  private final List<Thread> resolving = new ArrayList<>();

  @AfterEach
  void close() throws InterruptedException {
    for (Thread thread : resolving) {
      thread.interrupt();
      thread.join();
    }
    folders.values().forEach(DataFolder::close);
  }

  /** Opens a folder, which has lost its coordinator's state if it ever had one. */
  private DataFolder emptied(String id, String newIncarnation) {
    DataFolder folder = DataFolder.open(temp.resolve(id), id, newIncarnation);
    folder.checkCoordinator("raft", _ -> true, newIncarnation);
    folders.put(id, folder);
    return folder;
  }

  private DataFolder running(String id, String incarnation, List<String> others) {
    DataFolder folder = DataFolder.open(temp.resolve(id), id, incarnation);
    folders.put(id, folder);
    folder.bind(
        "old", List.of(new Founder("n1", "i1", "n1:raft"), new Founder("n2", "i2", "n2:raft")));
    folder.rememberPeers(others);
    folder.coordinatorRuns("raft");
    return folder;
  }

  private void resolve(DataFolder folder, String id, Map<String, String> founders) {
    Founding founding = founding(folder, id, founders);
    resolving.add(
        Thread.ofVirtual()
            .start(() -> {
              try {
                founding.resolve();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
  }

  private Founding founding(DataFolder folder, String id, Map<String, String> founders) {
    return founding(folder, id, "raft", founders);
  }

  private Founding founding(
      DataFolder folder, String id, String coordinator, Map<String, String> founders) {
    return new Founding(
        new FakePeers(id, all),
        folder,
        new Founder(id, folder.incarnation(), id + ":raft"),
        coordinator,
        founders,
        List.of(),
        new Discovery(Optional.empty(), Duration.ofSeconds(1), System::nanoTime));
  }

  private void lose(String... ids) {
    for (String id : ids) {
      Objects.requireNonNull(folders.get(id)).close();
    }
  }

  @Test
  void whoeverLostWhatWasAgreedOnJoinsThoseThatRemember() {
    running("n1", "i1", List.of("n2"));
    DataFolder remembering = running("n2", "i2", List.of("n1"));
    lose("n1");
    founding(remembering, "n2", BOTH);

    DataFolder emptied = emptied("n1", "i1+");
    resolve(emptied, "n1", BOTH);

    Await.until(SOON, "n1 belongs to a cluster", () -> emptied.cluster() != null);
    assertThat(emptied.cluster()).isEqualTo("old");
    assertThat(emptied.founders()).as("it does not vote").isEmpty();
  }

  /** As when the state moves by a file: all of them were emptied on purpose. */
  @Test
  void foundsAnewWhenAllHaveForgotten() {
    running("n1", "i1", List.of("n2"));
    running("n2", "i2", List.of("n1"));
    lose("n1", "n2");

    DataFolder first = emptied("n1", "i1+");
    DataFolder second = emptied("n2", "i2+");
    // The one is told the founders at each start, the other remembers them.
    resolve(first, "n1", BOTH);
    resolve(second, "n2", Map.of());

    Await.until(
        SOON, "both are founders", () -> first.cluster() != null && second.cluster() != null);
    assertThat(first.cluster()).isEqualTo(second.cluster()).isNotEqualTo("old");
    assertThat(first.founders())
        .isEqualTo(second.founders())
        .extracting(Founder::incarnation)
        .containsExactly("i1+", "i2+");
  }

  /** Its operator forgot it when the others were moved, or mistyped its configuration. */
  @Test
  void neitherFoundsNorJoinsWithOneThatHasAnotherCoordinator() {
    running("n1", "i1", List.of("n2"));
    running("n2", "i2", List.of("n1"));
    lose("n1");
    founding(Objects.requireNonNull(folders.get("n2")), "n2", BOTH);

    DataFolder moved = emptied("n1", "i1+");
    assertThatThrownBy(() -> founding(moved, "n1", "zookeeper", BOTH).resolve())
        .isInstanceOf(CoordinatorMismatchException.class)
        .hasMessageContaining("n2 at n2 has coordinator: raft of cluster old")
        .hasMessageContaining("n1 has coordinator: zookeeper")
        .hasMessageContaining("docs/concepts/coordinators.md");
    assertThat(moved.cluster()).isNull();

    lose("n2");
    DataFolder other = emptied("n2", "i2+");
    founding(other, "n2", BOTH);
    assertThatThrownBy(() -> founding(moved, "n1", "zookeeper", BOTH).resolve())
        .isInstanceOf(CoordinatorMismatchException.class)
        .hasMessageContaining("n2 at n2 has coordinator: raft, and");
    assertThat(moved.cluster()).isNull();
    assertThat(other.cluster()).isNull();
  }

  @Test
  void onlyThoseThatFoundAnewMissWhatTheyHadAgreedOn() {
    DataFolder rejoined = running("n1", "i1", List.of("n2"));
    running("n2", "i2", List.of("n1"));
    assertThat(rejoined.foundedAnew()).isFalse();
    lose("n1", "n2");

    DataFolder back = emptied("n1", "i1+");
    back.bind("old", List.of());
    assertThat(back.foundedAnew()).as("the others remember").isFalse();
    DataFolder joined = emptied("n2", "i2+");
    joined.bind("another", List.of());
    assertThat(joined.foundedAnew()).as("that cluster has a state").isFalse();
    joined.bind("new", List.of(new Founder("n2", "i2+", "n2:raft")));
    assertThat(joined.foundedAnew()).isTrue();
    assertThat(joined.formerCluster()).isEqualTo("old");
  }

  /** n3 joined later and may be the only one that remembers: it must be heard, founder or not. */
  @Test
  void foundsNothingBeforeAllThatWereKnownHaveAnswered() {
    running("n1", "i1", List.of("n2", "n3"));
    running("n2", "i2", List.of("n1", "n3"));
    lose("n1", "n2");
    AtomicIntegerArray asked = new AtomicIntegerArray(2);
    FakePeers third = new FakePeers("n3", all);
    third.serve(
        ClusterMessages.WhoAreYou.class,
        (from, question) -> {
          asked.incrementAndGet(from.id().equals("n1") ? 0 : 1);
          throw new IllegalStateException("it starts");
        });

    DataFolder first = emptied("n1", "i1+");
    DataFolder second = emptied("n2", "i2+");
    resolve(first, "n1", BOTH);
    resolve(second, "n2", BOTH);

    Await.until(SOON, "n3 was asked by both, often", () -> asked.get(0) > 3 && asked.get(1) > 3);
    assertThat(first.cluster()).isNull();
    assertThat(second.cluster()).isNull();

    third.serve(
        ClusterMessages.WhoAreYou.class,
        (from, question) ->
            new ClusterMessages.Identity(
                new Founder("n3", "i3", "n3:raft"), "old", List.of(), "raft"));
    Await.until(
        SOON, "both have joined", () -> first.cluster() != null && second.cluster() != null);
    assertThat(first.cluster()).isEqualTo(second.cluster()).isEqualTo("old");
    assertThat(first.founders()).isEmpty();
  }

  @Test
  void aNodeThatNothingNamesAClusterForFoundsNone() {
    DataFolder fresh = emptied("n1", "i1");

    assertThatThrownBy(() -> founding(fresh, "n1", Map.of()).resolve())
        .isInstanceOf(NoClusterNamedException.class)
        .hasMessageContaining("--found")
        .hasMessageContaining("--join");
    assertThat(fresh.cluster()).isNull();
  }

  @Test
  void aListThatComesTooLateIsWarnedOf() throws Exception {
    DataFolder alone = emptied("n1", "i1");
    founding(alone, "n1", Map.of("n1", "n1")).resolve();
    String cluster = alone.cluster();

    try (LogOf log = LogOf.of(Founding.class)) {
      founding(alone, "n1", BOTH).resolve();
      founding(alone, "n1", Map.of("n1", "n1")).resolve();
      founding(alone, "n1", Map.of()).resolve();

      assertThat(log.lines()).hasSize(1);
      assertThat(log.lines().getFirst()).contains("[n1, n2]").contains("is ignored");
    }
    assertThat(alone.cluster()).isEqualTo(cluster);
  }
}
