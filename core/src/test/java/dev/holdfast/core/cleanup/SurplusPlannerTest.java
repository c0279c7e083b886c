// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.cleanup.SurplusPlanner.NodeSurplus;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SurplusPlannerTest {
  private static final PlacementPolicy POLICY =
      new DiverseRendezvous(DiverseRendezvous.DEFAULT_LABELS);

  @Test
  void takesFromTheNodesWithTheLeastFreeSpaceFirst() {
    List<NodeSurplus> nodes =
        List.of(
            new NodeSurplus("n1", 50, 900),
            new NodeSurplus("n2", 40, 100),
            new NodeSurplus("n3", 30, 200));

    assertThat(SurplusPlanner.quotas(nodes, 60)).isEqualTo(Map.of("n2", 40L, "n3", 20L));
    assertThat(SurplusPlanner.quotas(nodes, 0)).isEqualTo(Map.of("n1", 50L, "n2", 40L, "n3", 30L));
    assertThat(SurplusPlanner.quotas(nodes, 120)).isEmpty();
    assertThat(SurplusPlanner.quotas(nodes, Long.MAX_VALUE)).isEmpty();
    assertThat(SurplusPlanner.quotas(List.of(), 0)).isEmpty();
  }

  @Test
  void keepsTheOverheadAndNoMoreWhateverTheNodesHave() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      List<NodeSurplus> nodes = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        nodes.add(new NodeSurplus("n" + i, random.nextInt(100), random.nextInt(3)));
      }
      long overhead = random.nextInt(200);
      long all = nodes.stream().mapToLong(NodeSurplus::surplusBytes).sum();

      Map<String, Long> quotas = SurplusPlanner.quotas(nodes, overhead);

      long going = quotas.values().stream().mapToLong(Long::longValue).sum();
      assertThat(all - going).as("seed %d", seed).isEqualTo(Math.min(all, overhead));
      for (NodeSurplus one : nodes) {
        for (NodeSurplus other : nodes) {
          if (one.freeBytes() < other.freeBytes() && quotas.containsKey(other.node())) {
            assertThat(quotas.getOrDefault(one.node(), 0L))
                .as("seed %d", seed)
                .isEqualTo(one.surplusBytes());
          }
        }
      }
    }
  }

  @Test
  void neverLetsACopyGoThatIsNeededOrWhoseLossBreaksTheSpread() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      List<ClusterMap.Node> nodes = new ArrayList<>();
      int count = random.nextInt(1, 8);
      for (int i = 1; i <= count; i++) {
        nodes.add(
            new ClusterMap.Node(
                "n" + i,
                Map.of("rack", "r" + random.nextInt(3)),
                1,
                random.nextInt(6) == 0 ? ClusterMap.State.DRAINING : ClusterMap.State.ACTIVE));
      }
      Set<String> holders = new TreeSet<>();
      nodes.stream().filter(_ -> random.nextInt(4) > 0).forEach(node -> holders.add(node.id()));
      PlacementPolicy.Request request =
          new PlacementPolicy.Request(new ClusterMap(1, nodes), "key" + seed, random.nextInt(1, 5));
      Map<String, Long> free = Map.of("n1", 5L, "n2", 1L, "n3", 3L);

      Optional<String> leaver = SurplusPlanner.leaver(request, holders, free, POLICY);

      if (leaver.isPresent()) {
        Set<String> rest = new TreeSet<>(holders);
        assertThat(rest.remove(leaver.get())).isTrue();
        long active =
            request.map().placeable().stream().filter(node -> rest.contains(node.id())).count();
        assertThat(active)
            .as("seed %d", seed)
            .isPositive()
            .isGreaterThanOrEqualTo(Math.min(request.copies(), request.map().placeable().size()));
        assertThat(POLICY.isSatisfied(request, rest).satisfied()).as("seed %d", seed).isTrue();
      }
    }
  }

  /** A policy that is easily satisfied must not cost a copy that was asked for. */
  @Test
  void wantsAsManyCopiesOnNodesThatStayWhateverThePolicySays() {
    PlacementPolicy easy =
        new PlacementPolicy() {
          @Override
          public Choice choose(Request request) {
            return POLICY.choose(request);
          }

          @Override
          public Verdict isSatisfied(Request request, Set<String> holders) {
            return new Verdict(true, "Always.");
          }

          @Override
          public Surplus mayGo(Request request, Set<String> holders) {
            return new Surplus(List.copyOf(holders), "All.");
          }
        };
    List<ClusterMap.Node> nodes = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      nodes.add(
          new ClusterMap.Node(
              "n" + i, Map.of(), 1, i == 4 ? ClusterMap.State.DRAINING : ClusterMap.State.ACTIVE));
    }
    PlacementPolicy.Request request =
        new PlacementPolicy.Request(new ClusterMap(1, nodes), "key", 3);

    assertThat(SurplusPlanner.isEnough(request, Set.of("n1", "n2", "n3"), easy)).isTrue();
    assertThat(SurplusPlanner.isEnough(request, Set.of("n1", "n2"), easy)).isFalse();
    assertThat(SurplusPlanner.isEnough(request, Set.of("n1", "n2", "n4"), easy)).isFalse();
    assertThat(SurplusPlanner.leaver(request, Set.of("n1", "n2", "n3", "n4"), Map.of(), easy))
        .as("only the one that leaves anyway is not counted")
        .contains("n4");
  }

  @Test
  void letsTheFullestOfThoseThatCouldGoLeave() {
    List<ClusterMap.Node> nodes = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      nodes.add(new ClusterMap.Node("n" + i, Map.of(), 1, ClusterMap.State.ACTIVE));
    }
    PlacementPolicy.Request request =
        new PlacementPolicy.Request(new ClusterMap(1, nodes), "key", 3);
    Set<String> all = Set.of("n1", "n2", "n3", "n4", "n5");
    List<String> mayGo = POLICY.mayGo(request, all).nodeIds();
    assertThat(mayGo).hasSize(2);

    for (String fullest : mayGo) {
      assertThat(SurplusPlanner.leaver(request, all, Map.of(fullest, 1L), POLICY))
          .contains(fullest);
    }
    assertThat(SurplusPlanner.leaver(request, Set.of("n1", "n2", "n3"), Map.of(), POLICY))
        .isEmpty();
  }
}
