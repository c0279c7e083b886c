// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SeatChoiceTest {
  private static final Map<String, Map<String, String>> LABELS =
      Map.of(
          "n1", Map.of("zone", "a"),
          "n2", Map.of("zone", "b"),
          "n4", Map.of("zone", "a"),
          "n5", Map.of("zone", "c"),
          "n6", Map.of());

  @Test
  void keepsTheSpread() {
    assertThat(choose(Set.of("n4", "n5"))).contains("n5");
    assertThat(choose(Set.of("n4"))).contains("n4");
  }

  @Test
  void countsAMissingLabelAsAValueAndBreaksTiesById() {
    assertThat(choose(Set.of("n4", "n6"))).contains("n6");
    assertThat(choose(Set.of("n5", "n6"))).contains("n5");
  }

  @Test
  void hasNoAnswerWithoutCandidates() {
    assertThat(choose(Set.of())).isEmpty();
  }

  private static java.util.Optional<String> choose(Set<String> candidates) {
    return SeatChoice.choose(candidates, List.of("n1", "n2"), LABELS, "zone");
  }
}
