// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.plugin.PluginContext;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RendezvousPlacementPluginTest {
  private static final ClusterMap MAP =
      new ClusterMap(
          1,
          List.of(
              node("n1", "a", "r1", 1_000_000_000),
              node("n2", "a", "r2", 1_000_000_000),
              node("n3", "b", "r2", 1)));

  @Test
  void spreadsOverTheLabelsOfItsConfig() {
    PlacementPolicy overZones = policy(" zone ,");
    PlacementPolicy overNothing = policy("");

    for (int i = 0; i < 50; i++) {
      var request = new PlacementPolicy.Request(MAP, "k" + i, 2);
      assertThat(overZones.choose(request).nodeIds()).contains("n3");
      assertThat(overNothing.choose(request).nodeIds()).containsExactlyInAnyOrder("n1", "n2");
    }
  }

  @Test
  void refusesALabelThatStandsTwice() {
    assertThatThrownBy(() -> policy("rack,rack")).hasMessageContaining("twice");
  }

  private static PlacementPolicy policy(String diversity) {
    RendezvousPlacementPlugin plugin = new RendezvousPlacementPlugin();
    plugin.start(new FakeContext(Map.of("diversity", diversity)));
    return Objects.requireNonNull(plugin.placementPolicies().get("default"));
  }

  private static ClusterMap.Node node(String id, String zone, String rack, long capacityBytes) {
    return new ClusterMap.Node(
        id, Map.of("zone", zone, "rack", rack), capacityBytes, ClusterMap.State.ACTIVE);
  }

  private record FakeContext(Map<String, Object> config) implements PluginContext {
    @Override
    public String nodeId() {
      return "n1";
    }

    @Override
    public void log(Level level, String message) {}

    @Override
    public void count(String metric, long amount) {}
  }
}
