// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.core.version.WriteTerms.Consistency;
import dev.holdfast.core.version.WriteTerms.Durability;
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
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random writes, deletions and merges at nodes that are cut off, killed and brought back. In the
 * end, with all nodes up, whatever was acknowledged is on every node, and all of them agree on what
 * is the head, what is a branch, and what was merged.
 */
@Timeout(120)
final class BranchCampaignTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> ALL = List.of("n1", "n2", "n3");
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
  void nothingThatWasAcknowledgedIsLost(long seed) {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      Campaign campaign = new Campaign(cluster, new Random(seed));
      for (int i = 0; i < STEPS; i++) {
        campaign.step();
      }
      campaign.bringAllBack();

      campaign.awaitSettled();
      campaign.check("seed " + seed);
    }
  }

  private static final class Campaign {
    private final ObjectCluster cluster;
    private final Random random;
    private final Set<String> dead = new TreeSet<>();
    private final Map<String, Set<VersionId>> acknowledged = new TreeMap<>();

    /** Parents of confirmed versions: they must not be heads again. */
    private final Map<String, Set<VersionId>> retired = new HashMap<>();

    private int writes;

    Campaign(ObjectCluster cluster, Random random) {
      this.cluster = cluster;
      this.random = random;
      KEYS.forEach(key -> {
        acknowledged.put(key, new HashSet<>());
        retired.put(key, new HashSet<>());
      });
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0 -> cutOff();
        case 1 -> cluster.heal();
        case 2 -> kill();
        case 3 -> restart();
        case 4 -> delete();
        case 5, 6 -> merge();
        case 7 -> writeOnSomething();
        default -> write(WriteTerms.DEFAULT);
      }
    }

    private void cutOff() {
      if (cluster.peers.island.isEmpty() && dead.isEmpty()) {
        cluster.cutOff(any(ALL));
      }
    }

    private void kill() {
      if (dead.isEmpty() && cluster.peers.island.isEmpty()) {
        String id = any(ALL);
        cluster.kill(id);
        dead.add(id);
      }
    }

    private void restart() {
      for (String id : List.copyOf(dead)) {
        cluster.start(id);
        dead.remove(id);
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

    private void write(WriteTerms terms) {
      String key = any(KEYS);
      byte[] bytes = ("write " + ++writes).getBytes(StandardCharsets.UTF_8);
      attempt(key, () -> anyNode().write(key, bytes, terms));
    }

    private void delete() {
      String key = any(KEYS);
      attempt(
          key,
          () ->
              anyNode()
                  .service()
                  .delete(
                      new WriteRequest(
                          new ObjectKey(key),
                          "",
                          new TreeMap<>(),
                          true,
                          Preconditions.NONE,
                          Optional.empty(),
                          "test")));
    }

    /** As a client that worked offline: on top of any version that it may have seen. */
    private void writeOnSomething() {
      String key = any(KEYS);
      List<VersionId> known = List.copyOf(new TreeSet<>(acknowledged.getOrDefault(key, Set.of())));
      if (!known.isEmpty()) {
        WriteTerms terms =
            new WriteTerms(
                Durability.MAJORITY, Consistency.AUTO, new TreeSet<>(Set.of(any(known))));
        byte[] bytes = ("write " + ++writes).getBytes(StandardCharsets.UTF_8);
        attempt(key, () -> anyNode().write(key, bytes, terms));
      }
    }

    private void merge() {
      String key = any(KEYS);
      ObjectCluster.Node node = anyNode();
      try {
        Optional<Histories.History> history = node.service().versions(new ObjectKey(key));
        if (history.isPresent() && history.get().heads().size() > 1) {
          WriteTerms terms =
              new WriteTerms(
                  Durability.MAJORITY, Consistency.AUTO, new TreeSet<>(history.get().heads()));
          byte[] bytes = ("merge " + ++writes).getBytes(StandardCharsets.UTF_8);
          attempt(key, () -> node.write(key, bytes, terms));
        }
      } catch (ObjectException _) {
        // Its copies cannot be reached right now.
      }
    }

    private void attempt(String key, java.util.function.Supplier<WriteOutcome> write) {
      try {
        switch (write.get()) {
          case WriteOutcome.Written written -> acknowledge(key, written.version(), written.id());
          case WriteOutcome.Accepted accepted ->
              acknowledge(key, accepted.version(), accepted.id());
          case WriteOutcome.Refused _ -> {}
        }
      } catch (ObjectException _) {
        // Refused, or unknown: then it may turn up, and need not.
      }
    }

    private void acknowledge(String key, VersionRecord version, VersionId id) {
      acknowledged.computeIfAbsent(key, _ -> new HashSet<>()).add(id);
      retired.computeIfAbsent(key, _ -> new HashSet<>()).addAll(version.parents());
    }

    void awaitSettled() {
      Await.until(
          SOON,
          () -> "every acknowledged version is on every node: " + missing(),
          () ->
              missing().isEmpty()
                  && ALL.stream()
                      .allMatch(id ->
                          cluster.node(id).storage.queuedCopies() == 0
                              && cluster.node(id).storage.stagedRecords() == 0)
                  && KEYS.stream().map(this::views).allMatch(views -> views.size() == 1)
                  && KEYS.stream().noneMatch(this::isAboutToBeConfirmed));
    }

    /** A provisional version on top of the head stays so for a moment only. */
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

    private List<String> missing() {
      List<String> missing = new ArrayList<>();
      acknowledged.forEach((key, ids) ->
          ids.forEach(id ->
              ALL.stream()
                  .filter(node -> !isKept(node, key, id))
                  .forEach(node -> missing.add(node + " lacks " + key + "@" + id))));
      return missing;
    }

    private boolean isKept(String node, String key, VersionId id) {
      return cluster
          .node(node)
          .store
          .records()
          .version(new ObjectKey(key), id)
          .filter(version -> version.state() != VersionState.STAGED)
          .isPresent();
    }

    /** What each node has of a key on its own disk. */
    private Set<Map<VersionId, VersionState>> views(String key) {
      Set<Map<VersionId, VersionState>> views = new HashSet<>();
      for (String node : ALL) {
        Map<VersionId, VersionState> view = new TreeMap<>();
        cluster
            .node(node)
            .store
            .records()
            .versions(new ObjectKey(key), 10_000)
            .forEach(version -> view.put(version.id(), version.state()));
        views.add(view);
      }
      return views;
    }

    void check(String what) {
      for (String key : KEYS) {
        ObjectKey name = new ObjectKey(key);
        Set<Set<VersionId>> branches = new HashSet<>();
        Set<Optional<VersionId>> preferred = new HashSet<>();
        for (String id : ALL) {
          ObjectCluster.Node node = cluster.node(id);
          branches.add(new TreeSet<>(node.store.records().branches().of(name)));
          preferred.add(
              node.service().find(name, ReadMode.PROVISIONAL_ALLOWED).map(ObjectService.Found::id));
        }
        assertThat(branches).as(what + ", branches of " + key).hasSize(1);
        assertThat(preferred).as(what + ", latest head of " + key).hasSize(1);
        Optional<Histories.History> history = cluster.node("n1").service().versions(name);
        Set<VersionId> heads = history.map(Histories.History::heads).orElse(Set.of());
        assertThat(retired.getOrDefault(key, Set.of()))
            .as(what + ", no parent is a head of " + key)
            .noneMatch(heads::contains);
        Set<VersionId> expected = new TreeSet<>(branches.iterator().next());
        history.flatMap(Histories.History::confirmed).ifPresent(expected::add);
        assertThat(new TreeSet<>(heads)).as(what + ", heads of " + key).isEqualTo(expected);
      }
    }
  }
}
