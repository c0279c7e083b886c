// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.testkit.Await;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random writes, deletions and reapings at nodes that are cut off, killed, replaced and brought
 * back. In the end nothing that was deleted is seen anywhere, and nothing is gone that was not.
 */
@Timeout(180)
final class TombstoneCampaignTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> ALL = List.of("n1", "n2", "n3", "n4");
  private static final List<String> KEYS = List.of("a", "b", "c");
  private static final int STEPS = 60;

  @TempDir Path folder;

  /** More of them with {@code -Dholdfast.seeds=1000}; one with {@code -Dholdfast.seed=N}. */
  static LongStream seeds() {
    Long only = Long.getLong("holdfast.seed");
    return only != null
        ? LongStream.of(only)
        : LongStream.rangeClosed(1, Long.getLong("holdfast.seeds", 4));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDeletionNeverComesBack(long seed) {
    try (ObjectCluster cluster =
        new ObjectCluster(
            folder, 4, ObjectCluster.SETTINGS.withTombstoneRetention(Duration.ZERO))) {
      Campaign campaign = new Campaign(cluster, new Random(seed));
      for (int i = 0; i < STEPS; i++) {
        campaign.step();
      }
      campaign.bringAllBack();

      campaign.awaitSettled();
      campaign.check("seed " + seed);
      campaign.reap();
      campaign.check("after a last reaping, seed " + seed);
    }
  }

  private static final class Campaign {
    private final ObjectCluster cluster;
    private final Random random;
    private final Set<String> dead = new TreeSet<>();

    /** Acknowledged versions by their ids, and what they rest on. */
    private final Map<VersionId, VersionRecord> acknowledged = new HashMap<>();

    /** What a deletion ended that the cluster agreed on. */
    private final Set<VersionId> deleted = new HashSet<>();

    private int writes;

    Campaign(ObjectCluster cluster, Random random) {
      this.cluster = cluster;
      this.random = random;
    }

    void step() {
      switch (random.nextInt(14)) {
        case 0, 1 -> cutOff();
        case 2 -> cluster.heal();
        case 3 -> kill();
        case 4 -> restart();
        case 5 -> replace();
        case 6, 7, 8 -> delete();
        case 9, 10 -> reap();
        default -> write();
      }
    }

    private void cutOff() {
      if (cluster.peers.island.isEmpty() && dead.isEmpty()) {
        cluster.cutOff(any(ALL));
      }
    }

    private void kill() {
      if (dead.isEmpty()) {
        String id = any(ALL);
        cluster.kill(id);
        dead.add(id);
      }
    }

    private void restart() {
      for (String id : List.copyOf(dead)) {
        if (!cluster.peers.island.contains(id)) {
          cluster.start(id);
          dead.remove(id);
        }
      }
    }

    /** Others get the copies of what is dead or cut off, as the audit does it after a while. */
    private void replace() {
      Set<String> away = new TreeSet<>(dead);
      away.addAll(cluster.peers.island);
      List<String> rest = new ArrayList<>(ALL);
      rest.removeAll(away);
      for (String key : away.isEmpty() ? List.<String>of() : KEYS) {
        ObjectKey name = new ObjectKey(key);
        Set<String> leaving = new TreeSet<>(away);
        leaving.retainAll(
            Agreement.head(cluster.observe("object/" + key))
                .map(head -> head.holders())
                .orElse(List.of()));
        if (!leaving.isEmpty()) {
          cluster
              .node(rest.getFirst())
              .storage
              .mover()
              .repair(new ReplicaMover.Move(name, leaving, List.of()), ReplicaMover.Throttle.NONE);
        }
      }
    }

    void reap() {
      for (String id : ALL) {
        if (!dead.contains(id)) {
          try {
            cluster.node(id).storage.reaper().run(false, () -> true);
          } catch (CoordinatorException | ObjectException _) {
            // Cut off: it forgets nothing.
          }
        }
      }
    }

    void bringAllBack() {
      cluster.heal();
      restart();
    }

    private ObjectCluster.Node anyNode() {
      List<String> alive = new ArrayList<>(ALL);
      alive.removeAll(dead);
      return cluster.node(any(alive));
    }

    private <T> T any(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    private void write() {
      String key = any(KEYS);
      byte[] bytes = ("write " + ++writes).getBytes(StandardCharsets.UTF_8);
      attempt(() -> anyNode().write(key, bytes, WriteTerms.DEFAULT));
    }

    private void delete() {
      WriteRequest request =
          new WriteRequest(
              new ObjectKey(any(KEYS)),
              "",
              new TreeMap<>(),
              true,
              Preconditions.NONE,
              Optional.empty(),
              "test");
      attempt(() -> anyNode().service().delete(request));
    }

    private void attempt(Supplier<WriteOutcome> write) {
      try {
        switch (write.get()) {
          case WriteOutcome.Written written -> {
            acknowledged.put(written.id(), written.version());
            if (written.version().deleted()) {
              end(written.id());
            }
          }
          case WriteOutcome.Accepted accepted ->
              acknowledged.put(accepted.id(), accepted.version());
          case WriteOutcome.Refused _ -> {}
        }
      } catch (ObjectException _) {
        // Refused: a commit of this cluster is never unknown.
      }
    }

    /** A deletion that is agreed on ends all that it rests on. */
    private void end(VersionId id) {
      VersionRecord version = acknowledged.get(id);
      if (version != null && deleted.add(id)) {
        version.parents().forEach(this::end);
      }
    }

    void awaitSettled() {
      Await.until(
          SOON,
          () -> "all is agreed on, a branch, or set aside: " + open(),
          () ->
              ALL.stream()
                      .map(cluster::node)
                      .allMatch(node ->
                          node.storage.queuedCopies() == 0 && node.storage.stagedRecords() == 0)
                  && KEYS.stream().noneMatch(this::isAboutToBeConfirmed));
      for (String id : ALL) {
        // What was reaped while a node was away goes when it comes back.
        assertThat(cluster.node(id).storage.returnCheck().begin()).isPositive();
      }
    }

    private List<String> open() {
      List<String> open = new ArrayList<>();
      for (String id : ALL) {
        ObjectStorage storage = cluster.node(id).storage;
        if (storage.queuedCopies() > 0 || storage.stagedRecords() > 0) {
          open.add(
              "%s has %d queued, %d staged"
                  .formatted(id, storage.queuedCopies(), storage.stagedRecords()));
        }
      }
      KEYS.stream()
          .filter(this::isAboutToBeConfirmed)
          .map(key -> "the head of " + key)
          .forEach(open::add);
      return open;
    }

    private boolean isAboutToBeConfirmed(String key) {
      Optional<Histories.History> history =
          cluster.node("n1").service().versions(new ObjectKey(key));
      return history.isPresent()
          && history
              .get()
              .confirmed()
              .map(head -> !history.get().heads().contains(head))
              .orElse(!history.get().heads().isEmpty());
    }

    void check(String what) {
      // Deletions that were provisional first end what they rest on as well.
      acknowledged.forEach((id, version) -> {
        if (version.deleted() && isAgreedOrForgotten(version, id)) {
          end(id);
        }
      });
      for (String id : ALL) {
        ObjectCluster.Node node = cluster.node(id);
        for (String key : KEYS) {
          ObjectKey name = new ObjectKey(key);
          for (ReadMode mode : ReadMode.values()) {
            assertThat(node.service().find(name, mode).map(ObjectService.Found::id))
                .as("%s: %s of %s at %s", what, mode, key, id)
                .satisfies(found -> assertThat(found.filter(deleted::contains)).isEmpty());
          }
          assertThat(node.list("").contains(key))
              .as("%s: %s is listed at %s", what, key, id)
              .isEqualTo(node.service().find(name).isPresent());
        }
        node.conflicts()
            .forEach(conflict ->
                assertThat(conflict.branches())
                    .as("%s: branches of %s", what, conflict.key())
                    .noneMatch(branch -> deleted.contains(branch.id())));
      }
      acknowledged.forEach((id, version) -> {
        if (!deleted.contains(id)) {
          assertThat(ALL)
              .as("%s: %s of %s is kept", what, id, version.key())
              .anyMatch(node -> isKept(node, version, id));
        }
      });
    }

    private boolean isAgreedOrForgotten(VersionRecord version, VersionId id) {
      return ALL.stream()
          .map(node -> cluster.node(node).store.records().version(version.key(), id))
          .flatMap(Optional::stream)
          .allMatch(kept -> kept.state() == VersionState.CONFIRMED);
    }

    private boolean isKept(String node, VersionRecord version, VersionId id) {
      return cluster
          .node(node)
          .store
          .records()
          .version(version.key(), id)
          .filter(kept -> kept.state() != VersionState.STAGED)
          .isPresent();
    }
  }
}
