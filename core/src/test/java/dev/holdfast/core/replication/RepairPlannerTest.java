// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.replication.RepairPlanner.Copy;
import dev.holdfast.core.replication.RepairPlanner.Fault;
import dev.holdfast.core.replication.RepairPlanner.Finding;
import dev.holdfast.core.replication.RepairPlanner.Liveness;
import dev.holdfast.core.replication.RepairPlanner.Repair;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is wrong with the copies of a key, and what is done about it. */
final class RepairPlannerTest {
  private static final PlacementPolicy POLICY = new DiverseRendezvous(List.of("rack"));
  private static final VersionId VERSION = new VersionId("ab".repeat(32));

  @Test
  void leavesAKeyAloneThatHasAllItsCopies() {
    Finding finding = new Story("n1:a n2:b n3:c n4:a").holders("n1 n2 n3").plan();

    assertThat(finding.faults()).isEmpty();
    assertThat(finding.repair()).isInstanceOf(Repair.Nothing.class);
  }

  @Test
  void replacesACopyOfADeadNode() {
    Finding finding = new Story("n1:a n2:a n3:a n4:a").holders("n1 n2 n3").dead("n2").plan();

    assertThat(finding.faults()).containsOnly(Fault.UNDER_REPLICATED, Fault.MISPLACED);
    assertThat(finding.repair()).isEqualTo(new Repair.Move(Set.of("n2"), List.of()));
  }

  @Test
  void waitsForANodeThatIsExpectedBack() {
    Finding finding = new Story("n1:a n2:a n3:a n4:a").holders("n1 n2 n3").away("n2").plan();

    assertThat(finding.faults()).containsOnly(Fault.UNDER_REPLICATED);
    assertThat(finding.repair()).isInstanceOf(Repair.Wait.class);
  }

  /** A holder that is up and silent may have its copy: copying then fills the disks. */
  @Test
  void takesSilenceForNoProof() {
    Finding finding = new Story("n1:a n2:a n3:a n4:a").holders("n1 n2 n3").unknown("n2").plan();

    assertThat(finding.faults()).containsOnly(Fault.UNDER_REPLICATED);
    assertThat(finding.repair()).isInstanceOf(Repair.Wait.class);
  }

  @Test
  void letsAHolderFetchWhatItLacks() {
    Finding finding = new Story("n1:a n2:a n3:a n4:a").holders("n1 n2 n3").lacking("n2").plan();

    assertThat(finding.faults()).containsOnly(Fault.UNDER_REPLICATED);
    assertThat(finding.repair()).isEqualTo(new Repair.Fetch(Map.of("n2", List.of(VERSION))));
  }

  @Test
  void removesNothingWhenNoNodeIsLeftToTakeTheCopy() {
    Finding finding = new Story("n1:a n2:a n3:a").holders("n1 n2 n3").dead("n2").plan();

    assertThat(finding.repair()).isInstanceOf(Repair.Wait.class);
  }

  @Test
  void neverMovesWithoutAWholeCopy() {
    Finding finding =
        new Story("n1:a n2:a n3:a n4:a").holders("n1 n2").dead("n2").unknown("n1").plan();

    assertThat(finding.faults()).contains(Fault.UNREACHABLE, Fault.UNDER_REPLICATED);
    assertThat(finding.repair()).isInstanceOf(Repair.Wait.class);
  }

  @Test
  void dropsADeadHolderWhenAStandInIsThereAlready() {
    Finding finding = new Story("n1:a n2:a n3:a n4:a").holders("n1 n2 n3 n4").dead("n2").plan();

    assertThat(finding.faults()).containsOnly(Fault.MISPLACED);
    assertThat(finding.repair()).isEqualTo(new Repair.Move(Set.of("n2"), List.of()));
  }

  @Test
  void fillsUpWhenTheClusterHasGrown() {
    Finding finding = new Story("n1:a n2:a n3:a").holders("n1").plan();

    assertThat(finding.faults()).containsOnly(Fault.UNDER_REPLICATED);
    assertThat(finding.repair()).isEqualTo(new Repair.Move(Set.of(), List.of()));
  }

  @Test
  void spreadsCopiesOverANewRackAndRemovesNone() {
    Finding finding = new Story("n1:a n2:a n3:a n4:b").holders("n1 n2 n3").plan();

    assertThat(finding.faults()).containsOnly(Fault.MISPLACED);
    assertThat(finding.repair())
        .isInstanceOfSatisfying(
            Repair.Move.class,
            move -> {
              assertThat(move.leaving()).isEmpty();
              assertThat(move.joining()).containsExactly("n4");
            });
  }

  @Test
  void countsCopiesThatThePolicyDoesNotNeed() {
    Finding finding = new Story("n1:a n2:a n3:a n4:a").holders("n1 n2 n3 n4").plan();

    assertThat(finding.faults()).containsOnly(Fault.OVER_REPLICATED);
    assertThat(finding.repair()).isInstanceOf(Repair.Nothing.class);
  }

  @Test
  void eachKeyHasOneAuditor() {
    assertThat(RepairPlanner.auditor(List.of("n3", "n2"), List.of("n1", "n2"))).isEqualTo("n2");
    assertThat(RepairPlanner.auditor(List.of("n3"), List.of("n1", "n2"))).isEqualTo("n1");
  }

  /** Whatever happened: only dead nodes leave, and never while no whole copy is in reach. */
  @Test
  void neverTakesACopyFromANodeThatMayHaveIt() {
    for (int seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      Story story = new Story("n1:a n2:b n3:c n4:a n5:b");
      story.holders.addAll(
          story.nodes.keySet().stream().filter(_ -> random.nextInt(3) > 0).toList());
      if (story.holders.isEmpty()) {
        story.holders.add("n1");
      }
      for (String node : story.nodes.keySet()) {
        switch (random.nextInt(6)) {
          case 0 -> story.dead(node);
          case 1 -> story.away(node);
          case 2 -> story.lacking(node);
          case 3 -> story.unknown(node);
          default -> {}
        }
      }

      if (story.plan().repair() instanceof Repair.Move move) {
        assertThat(move.leaving()).as("seed " + seed).allMatch(story::isDead);
        assertThat(story.copies.values()).as("seed " + seed).anyMatch(Copy.Whole.class::isInstance);
        assertThat(move.joining()).as("seed " + seed).doesNotContainAnyElementsOf(story.holders);
      }
    }
  }

  /** Nodes as {@code id:rack}; all are up, and all holders whole, unless the story says else. */
  private static final class Story {
    final Map<String, String> nodes = new HashMap<>();
    final Map<String, Liveness> liveness = new HashMap<>();
    final List<String> holders = new ArrayList<>();
    final Map<String, Copy> copies = new HashMap<>();

    Story(String map) {
      for (String node : map.split(" ")) {
        nodes.put(node.split(":")[0], node.split(":")[1]);
        liveness.put(node.split(":")[0], Liveness.UP);
        copies.put(node.split(":")[0], new Copy.Whole());
      }
    }

    Story holders(String ids) {
      holders.addAll(List.of(ids.split(" ")));
      return this;
    }

    Story dead(String node) {
      liveness.put(node, Liveness.DEAD);
      return unknown(node);
    }

    Story away(String node) {
      liveness.put(node, Liveness.AWAY);
      return unknown(node);
    }

    Story unknown(String node) {
      copies.put(node, new Copy.Unknown());
      return this;
    }

    Story lacking(String node) {
      copies.put(node, new Copy.Lacking(List.of(VERSION)));
      return this;
    }

    boolean isDead(String node) {
      return liveness.get(node) == Liveness.DEAD;
    }

    Finding plan() {
      ClusterMap map =
          new ClusterMap(
              7,
              nodes.entrySet().stream()
                  .map(node ->
                      new ClusterMap.Node(
                          node.getKey(),
                          Map.of("rack", node.getValue()),
                          1,
                          ClusterMap.State.ACTIVE))
                  .toList());
      return RepairPlanner.plan(
          new RepairPlanner.Situation("key", map, liveness, holders, copies, 3), POLICY);
    }
  }
}
