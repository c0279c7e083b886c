// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class WritePlannerTest {
  /** The first three of the map. */
  private static List<String> first(ClusterMap map) {
    return map.placeable().stream().limit(3).map(ClusterMap.Node::id).toList();
  }

  @Test
  void aNewKeyGoesToHealthyNodes() {
    WritePlan plan = plan(5, List.of(), "n3", "n4", "n5");

    assertThat(plan.holders()).containsExactly("n3", "n4", "n5");
    assertThat(plan.quorum()).isEqualTo(2);
    assertThat(plan.isPossible()).isTrue();
  }

  @Test
  void aNodeThatIsDownGetsItsCopyLaterWhenThereAreNoOthers() {
    WritePlan plan = plan(3, List.of(), "n1", "n3");

    assertThat(plan.holders()).containsExactlyInAnyOrder("n1", "n2", "n3");
    assertThat(plan.targets()).containsExactlyInAnyOrder("n1", "n3");
    assertThat(plan.copiesWanted()).isEqualTo(3);
  }

  @Test
  void aKeyKeepsItsHolders() {
    WritePlan plan = plan(5, List.of("n3", "n4", "n5"), "n1", "n2", "n3", "n4", "n5");

    assertThat(plan.holders()).containsExactly("n3", "n4", "n5");
  }

  @Test
  void standInsJoinTheHoldersWhenAMajorityOfThemIsDown() {
    WritePlan plan = plan(5, List.of("n3", "n4", "n5"), "n1", "n2", "n5");

    assertThat(plan.holders()).containsExactly("n3", "n4", "n5", "n1");
    assertThat(plan.targets()).containsExactlyInAnyOrder("n5", "n1");
    assertThat(plan.isPossible()).isTrue();
  }

  @Test
  void aMinorityCanPlanNothing() {
    assertThat(plan(3, List.of("n1", "n2", "n3"), "n1").isPossible()).isFalse();
  }

  @Test
  void oneNodeIsAClusterOfItsOwn() {
    WritePlan plan = plan(1, List.of(), "n1");

    assertThat(plan.copiesWanted()).isEqualTo(1);
    assertThat(plan.quorum()).isEqualTo(1);
    assertThat(plan.isPossible()).isTrue();
  }

  @Test
  void onlyChosenNodesCount() {
    WritePlan plan = plan(5, List.of("n3", "n4", "n5"), "n1", "n2", "n3", "n4", "n5");

    assertThat(plan.counted(List.of("n1", "n4"))).containsExactly("n4");
  }

  @Test
  void aHolderThatLeftTheClusterIsReplaced() {
    WritePlan plan = plan(4, List.of("n2", "gone", "n4"), "n1", "n2", "n3", "n4");

    assertThat(plan.holders()).containsExactly("n2", "n4", "n1");
  }

  @Test
  void anyHealthyNodeStandsInWhenThePolicyNamesHoldersOnly() {
    WritePlan plan = plan(6, List.of("n1", "n2", "n3"), "n1", "n5", "n6");
    WritePlan stubborn =
        WritePlanner.plan(
            new WritePlanner.Situation(
                map(6), 4, incarnations("n1", "n5", "n6"), List.of("n1", "n2", "n3"), 3),
            _ -> List.of("n1"));

    assertThat(plan.holders()).containsExactly("n1", "n2", "n3", "n5");
    assertThat(stubborn.holders()).containsExactly("n1", "n2", "n3", "n5");
  }

  @Test
  void aCopyThatMovesGoesToAsManyHealthyNodesAsAreWanted() {
    List<String> staying = List.of("n1", "n3");

    WritePlan move = planMove(5, staying, "n1", "n2", "n5");
    WritePlan tooFew = planMove(4, staying, "n1", "n2");

    assertThat(plan(5, staying, "n1", "n2", "n5").holders()).containsExactly("n1", "n3", "n2");
    assertThat(move.holders()).containsExactly("n1", "n3", "n2", "n5");
    assertThat(move.targets()).containsExactly("n1", "n2", "n5");
    assertThat(move.quorum()).isEqualTo(2);
    assertThat(tooFew.targets()).containsExactly("n1", "n2");
    assertThat(tooFew.copiesWanted()).isEqualTo(3);
  }

  @Test
  void aKeyHasNoMoreHoldersThanTheLimit() {
    List<String> many =
        IntStream.rangeClosed(1, WritePlanner.HOLDERS_MAX).mapToObj(i -> "n" + i).toList();

    WritePlan plan = plan(20, many, "n19", "n20");

    assertThat(plan.holders()).containsExactlyElementsOf(many);
    assertThat(plan.isPossible()).isFalse();
  }

  /** R23: a copy on a node that was drained or emptied since must not be counted. */
  @Test
  void theCommitRestsOnTheHeadTheMapAndTheIncarnationsOfTheCounted() {
    WritePlan plan = plan(5, List.of("n3", "n4", "n5"), "n1", "n2", "n3", "n4", "n5");
    Observation head = new Observation(new EntryKey("object/k"), null, 0, 17);

    assertThat(plan.conditions(List.of("n3", "n5"), head))
        .containsExactlyInAnyOrder(
            new Condition.AbsentSince(new EntryKey("object/k"), 17),
            new Condition.AtVersion(WritePlan.MAP, 4),
            new Condition.AtVersion(new EntryKey("incarnation/n3"), 1),
            new Condition.AtVersion(new EntryKey("incarnation/n5"), 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.conditions(List.of("n1"), head))
        .withMessageContaining("n1");
  }

  private static WritePlan plan(int nodes, List<String> holders, String... healthy) {
    return WritePlanner.plan(
        new WritePlanner.Situation(map(nodes), 4, incarnations(healthy), holders, 3),
        WritePlannerTest::first);
  }

  private static WritePlan planMove(int nodes, List<String> holders, String... healthy) {
    return WritePlanner.planMove(
        new WritePlanner.Situation(map(nodes), 4, incarnations(healthy), holders, 3),
        WritePlannerTest::first);
  }

  private static ClusterMap map(int nodes) {
    return new ClusterMap(
        9,
        IntStream.rangeClosed(1, nodes)
            .mapToObj(i -> new ClusterMap.Node("n" + i, Map.of(), 1, ClusterMap.State.ACTIVE))
            .toList());
  }

  private static Map<String, Long> incarnations(String... healthy) {
    return Arrays.stream(healthy).collect(Collectors.toMap(id -> id, _ -> 1L));
  }
}
