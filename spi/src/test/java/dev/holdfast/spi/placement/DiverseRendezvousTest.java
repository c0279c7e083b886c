// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.holdfast.spi.placement.ClusterMap.Node;
import dev.holdfast.spi.placement.ClusterMap.State;
import dev.holdfast.spi.placement.PlacementPolicy.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiverseRendezvousTest {
  private static final long SEED = 20_261_121;
  private static final DiverseRendezvous POLICY = new DiverseRendezvous(List.of("zone", "rack"));

  @Test
  void movesOnlyWhatTheGoneNodeHeldAndAboutOneNth() {
    ClusterMap before = plain(10);
    ClusterMap after = without(before, "n3");

    int moved = 0;
    for (int i = 0; i < 10_000; i++) {
      List<String> old = choose(before, "key-" + i, 3);
      List<String> now = choose(after, "key-" + i, 3);
      Set<String> kept = new HashSet<>(old);
      kept.remove("n3");
      assertThat(now).as("key-%d", i).containsAll(kept);
      moved += old.contains("n3") ? 1 : 0;
    }

    assertThat(moved / 30_000.0).isCloseTo(1 / 10.0, within(0.01));
  }

  @Test
  void movesOneCopyAtMostWhenALabelledNodeComesOrGoes() {
    Random random = new Random(SEED);
    for (int round = 0; round < 3_000; round++) {
      ClusterMap with = nested(random, 3 + random.nextInt(9), true);
      Node gone = with.nodes().get(random.nextInt(with.nodes().size()));
      ClusterMap without = without(with, gone.id());
      int copies = 1 + random.nextInt(4);

      Set<String> kept = new HashSet<>(choose(with, "k" + round, copies));
      boolean held = kept.contains(gone.id());
      kept.removeAll(choose(without, "k" + round, copies));

      assertThat(kept)
          .as("seed %d round %d, %s leaves %s", SEED, round, gone, with)
          .isSubsetOf(Set.of(gone.id()))
          .hasSize(held ? 1 : 0);
    }
  }

  @Test
  void givesEachNodeKeysInProportionToItsCapacity() {
    List<Node> nodes =
        List.of(node("n1", Map.of(), 100), node("n2", Map.of(), 200), node("n3", Map.of(), 700));
    ClusterMap map = new ClusterMap(1, nodes);
    Map<String, Integer> keys = new HashMap<>();

    for (int i = 0; i < 20_000; i++) {
      keys.merge(choose(map, "key/" + i, 1).getFirst(), 1, Integer::sum);
    }

    assertThat(keys.getOrDefault("n1", 0) / 20_000.0).isCloseTo(0.1, within(0.01));
    assertThat(keys.getOrDefault("n2", 0) / 20_000.0).isCloseTo(0.2, within(0.01));
    assertThat(keys.getOrDefault("n3", 0) / 20_000.0).isCloseTo(0.7, within(0.01));
  }

  @Test
  void reachesTheMostEvenSpreadThatAnySetOfNodesHas() {
    Random random = new Random(SEED);
    for (int round = 0; round < 2_000; round++) {
      ClusterMap map = nested(random, 1 + random.nextInt(8), true);
      int copies = Math.min(1 + random.nextInt(4), map.nodes().size());

      List<Node> chosen = nodes(map, choose(map, "k" + round, copies));

      int best =
          IntStream.range(0, 1 << map.nodes().size())
              .filter(mask -> Integer.bitCount(mask) == copies)
              .map(mask -> crowding(subset(map, mask)))
              .min()
              .orElseThrow();
      assertThat(crowding(chosen)).as("seed %d round %d, %s", SEED, round, map).isEqualTo(best);
    }
  }

  @Test
  void fillsZonesEvenlyWhenThereAreFewerZonesThanCopies() {
    ClusterMap map =
        new ClusterMap(
            1,
            IntStream.range(0, 8)
                .mapToObj(i -> node("n" + i, Map.of("zone", i < 2 ? "a" : "b"), 1))
                .toList());

    for (int i = 0; i < 500; i++) {
      List<Node> chosen = nodes(map, choose(map, "k" + i, 4));
      assertThat(chosen.stream().filter(node -> "a".equals(node.labels().get("zone")))).hasSize(2);
    }
  }

  @Test
  void countsNodesWithoutTheLabelAsOnePlace() {
    ClusterMap map =
        new ClusterMap(
            1,
            List.of(
                node("n1", Map.of(), 1_000_000),
                node("n2", Map.of(), 1_000_000),
                node("n3", Map.of("zone", "a"), 1)));

    for (int i = 0; i < 200; i++) {
      assertThat(choose(map, "k" + i, 2)).contains("n3");
    }
  }

  @Test
  void isSatisfiedByItsOwnChoiceAndByMoreAndNeverByFewer() {
    Random random = new Random(SEED);
    for (int round = 0; round < 2_000; round++) {
      ClusterMap map = nested(random, 2 + random.nextInt(7), false);
      Request request = new Request(map, "k" + round, 1 + random.nextInt(4));
      Set<String> holders = new HashSet<>(POLICY.choose(request).nodeIds());
      if (holders.isEmpty()) {
        assertThat(POLICY.isSatisfied(request, ids(map)).satisfied()).isFalse();
        continue;
      }

      assertThat(POLICY.isSatisfied(request, holders).satisfied()).isTrue();
      assertThat(POLICY.isSatisfied(request, ids(map)).satisfied()).isTrue();
      holders.remove(holders.iterator().next());
      assertThat(POLICY.isSatisfied(request, holders).satisfied())
          .as("seed %d round %d %s", SEED, round, map)
          .isFalse();
    }
  }

  @Test
  void letsCopiesGoOnlyWhileTheRestSatisfies() {
    Random random = new Random(SEED);
    for (int round = 0; round < 3_000; round++) {
      ClusterMap map = nested(random, 1 + random.nextInt(9), false);
      Request request = new Request(map, "k" + round, 1 + random.nextInt(4));
      Set<String> holders = new HashSet<>(ids(map));
      holders.removeIf(id -> random.nextInt(4) == 0);
      if (random.nextInt(4) == 0) {
        holders.add("departed");
      }

      List<String> going = POLICY.mayGo(request, holders).nodeIds();

      assertThat(holders).containsAll(going);
      assertThat(going).doesNotHaveDuplicates();
      if (!POLICY.isSatisfied(request, holders).satisfied()) {
        assertThat(going).as("seed %d round %d", SEED, round).isEmpty();
      }
      Set<String> rest = new HashSet<>(holders);
      for (String id : going) {
        rest.remove(id);
        assertThat(POLICY.isSatisfied(request, rest).satisfied())
            .as("seed %d round %d: %s of %s goes, %s", SEED, round, id, holders, map)
            .isTrue();
      }
    }
  }

  @Test
  void letsDrainingCopiesGoFirstAndTheLastCopyNever() {
    Node drained = new Node("n4", Map.of(), 1, State.DRAINING);
    List<Node> nodes = new ArrayList<>(plain(3).nodes());
    nodes.add(drained);
    Request request = new Request(new ClusterMap(1, nodes), "k", 2);

    assertThat(POLICY.choose(request).nodeIds()).doesNotContain("n4");
    assertThat(POLICY.mayGo(request, Set.of("n0", "n1", "n2", "n4")).nodeIds())
        .hasSize(2)
        .startsWith("n4");
    assertThat(POLICY.mayGo(request, Set.of("n0", "n4")).nodeIds()).isEmpty();

    Request onlyDraining = new Request(new ClusterMap(1, List.of(drained)), "k", 1);
    assertThat(POLICY.mayGo(onlyDraining, Set.of("n4")).nodeIds()).isEmpty();
  }

  private static List<String> choose(ClusterMap map, String key, int copies) {
    return POLICY.choose(new Request(map, key, copies)).nodeIds();
  }

  /** Zones weigh more than racks; the lower, the more even. */
  private static int crowding(List<Node> nodes) {
    return 1_000 * sumOfSquares(nodes, "zone") + sumOfSquares(nodes, "rack");
  }

  private static int sumOfSquares(List<Node> nodes, String label) {
    Map<String, Integer> counts = new HashMap<>();
    nodes.forEach(node -> counts.merge(node.labels().getOrDefault(label, ""), 1, Integer::sum));
    return counts.values().stream().mapToInt(count -> count * count).sum();
  }

  private static List<Node> subset(ClusterMap map, int mask) {
    return IntStream.range(0, map.nodes().size())
        .filter(i -> (mask & (1 << i)) != 0)
        .mapToObj(map.nodes()::get)
        .toList();
  }

  private static List<Node> nodes(ClusterMap map, List<String> ids) {
    return ids.stream().map(id -> map.node(id).orElseThrow()).toList();
  }

  private static Set<String> ids(ClusterMap map) {
    return map.nodes().stream().map(Node::id).collect(Collectors.toSet());
  }

  private static ClusterMap plain(int size) {
    return new ClusterMap(
        1, IntStream.range(0, size).mapToObj(i -> node("n" + i, Map.of(), 1 << 20)).toList());
  }

  /** Up to three zones with up to three racks each. */
  private static ClusterMap nested(Random random, int size, boolean allActive) {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      String zone = "z" + random.nextInt(3);
      Map<String, String> labels = Map.of("zone", zone, "rack", zone + "r" + random.nextInt(3));
      State state = allActive || random.nextInt(5) > 0 ? State.ACTIVE : State.DRAINING;
      nodes.add(new Node("n" + i, labels, 1 + random.nextInt(1_000), state));
    }
    return new ClusterMap(1, nodes);
  }

  private static ClusterMap without(ClusterMap map, String id) {
    return new ClusterMap(
        map.epoch() + 1, map.nodes().stream().filter(node -> !node.id().equals(id)).toList());
  }

  private static Node node(String id, Map<String, String> labels, long capacityBytes) {
    return new Node(id, labels, capacityBytes, State.ACTIVE);
  }
}
