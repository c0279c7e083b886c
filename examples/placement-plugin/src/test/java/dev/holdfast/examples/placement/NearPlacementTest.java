// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.placement.PlacementPolicy.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NearPlacementTest {
  private static final ClusterMap MAP =
      new ClusterMap(
          1, List.of(node("n1", "eu"), node("n2", "eu"), node("n3", "us"), node("n4", "us")));
  private final PlacementPolicy policy = new NearPlacement("near/", "zone");

  @Test
  void putsKeysWhereTheirNameSays() {
    for (int i = 0; i < 100; i++) {
      assertThat(policy.choose(new Request(MAP, "near/eu/" + i, 2)).nodeIds())
          .containsExactlyInAnyOrder("n1", "n2");
      assertThat(policy.choose(new Request(MAP, "near/us/" + i, 3)).nodeIds())
          .hasSize(3)
          .startsWith(
              policy.choose(new Request(MAP, "near/us/" + i, 2)).nodeIds().toArray(new String[0]))
          .contains("n3", "n4");
    }
  }

  @Test
  void placesOtherKeysAsUsual() {
    PlacementPolicy ordinary = new DiverseRendezvous(DiverseRendezvous.DEFAULT_LABELS);
    for (String key : List.of("near", "near/", "near/eu", "far/eu/x", "near//x")) {
      Request request = new Request(MAP, key, 2);
      assertThat(policy.choose(request)).isEqualTo(ordinary.choose(request));
    }
  }

  @Test
  void isUnsatisfiedByCopiesElsewhereAndLetsThoseGoOnceTheRightOnesAreThere() {
    Request request = new Request(MAP, "near/eu/x", 2);

    assertThat(policy.isSatisfied(request, Set.of("n1", "n3")).satisfied()).isFalse();
    assertThat(policy.mayGo(request, Set.of("n1", "n3")).nodeIds()).isEmpty();
    assertThat(policy.isSatisfied(request, Set.of("n1", "n2", "n3")).satisfied()).isTrue();
    assertThat(policy.mayGo(request, Set.of("n1", "n2", "n3")).nodeIds()).containsExactly("n3");
  }

  private static ClusterMap.Node node(String id, String zone) {
    return new ClusterMap.Node(id, Map.of("zone", zone), 1_000, ClusterMap.State.ACTIVE);
  }
}
