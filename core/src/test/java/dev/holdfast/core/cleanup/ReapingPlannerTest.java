// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.cleanup.ReapingPlanner.Copy;
import dev.holdfast.core.cleanup.ReapingPlanner.Situation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReapingPlannerTest {
  private static final Duration KEPT = Duration.ofDays(30);
  private static final Copy DELETED = new Copy(true, 0);

  @Test
  void goesWhenEveryHolderHasItAndNobodyHasMore() {
    assertThat(
            ReapingPlanner.hindrance(
                now(KEPT, Map.of("n1", DELETED, "n2", DELETED, "n3", new Copy(false, 0)))))
        .isEmpty();
  }

  @Test
  void staysWhileItIsYoung() {
    assertThat(
            ReapingPlanner.hindrance(
                now(KEPT.minusMillis(1), Map.of("n1", DELETED, "n2", DELETED))))
        .hasValueSatisfying(why -> assertThat(why).contains("younger"));
    assertThat(ReapingPlanner.isDue(Duration.ofDays(-1), Duration.ZERO))
        .as("of a writer whose clock is ahead")
        .isFalse();
  }

  @Test
  void staysWhileAHolderIsSilentOrBehind() {
    assertThat(ReapingPlanner.hindrance(now(KEPT, Map.of("n1", DELETED))))
        .contains("n2, which holds it, does not answer.");
    assertThat(ReapingPlanner.hindrance(now(KEPT, Map.of("n1", DELETED, "n2", new Copy(false, 0)))))
        .contains("n2 does not have the deletion yet.");
  }

  @Test
  void staysWhileAnyNodeHasWhatIsNotAgreedOn() {
    assertThat(
            ReapingPlanner.hindrance(
                now(KEPT, Map.of("n1", DELETED, "n2", DELETED, "n4", new Copy(false, 1)))))
        .contains("n4 has a version that is not agreed on.");
  }

  private static Situation now(Duration age, Map<String, Copy> copies) {
    return new Situation(age, KEPT, List.of("n1", "n2"), copies);
  }
}
