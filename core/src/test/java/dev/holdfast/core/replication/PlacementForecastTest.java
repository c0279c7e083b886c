// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.replication.PlacementForecast.Moves;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a change of the cluster would move. */
final class PlacementForecastTest {
  private static final List<String> HOLDERS = List.of("n1", "n2", "n3");

  @Test
  void aNodeThatGoesHandsItsCopyToAnother() {
    Moves moves = moves("n1:a n3:a n4:a");

    assertThat(moves).isEqualTo(new Moves(List.of("n4"), List.of("n2"), false));
  }

  @Test
  void saysThatTooFewNodesWouldBeLeft() {
    assertThat(moves("n1:a n3:a").isShort()).isTrue();
  }

  /** A key keeps its holders (R24): only new keys go to a new node. */
  @Test
  void aNodeMoreMovesNothing() {
    assertThat(moves("n1:a n2:a n3:a n4:a")).isEqualTo(new Moves(List.of(), List.of(), false));
  }

  @Test
  void aNewRackGetsACopy() {
    assertThat(moves("n1:a n2:a n3:a n4:b").joining()).containsExactly("n4");
  }

  private static Moves moves(String after) {
    ClusterMap map =
        new ClusterMap(
            1,
            Arrays.stream(after.split(" "))
                .map(node -> node.split(":"))
                .map(node ->
                    new ClusterMap.Node(
                        node[0], Map.of("rack", node[1]), 1, ClusterMap.State.ACTIVE))
                .toList());
    return PlacementForecast.of("key", HOLDERS, 3, map, new DiverseRendezvous(List.of("rack")));
  }
}
