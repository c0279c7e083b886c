// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class SessionModelTest {
  private static final Map<String, String> A = Map.of("session", "a", "ttlMillis", "1000");

  private final Script script =
      new Script("sessions").ok(0, 5, "open", Map.of("ttlMillis", "1000"), Map.of("session", "a"));

  @Test
  void livesAsLongAsItIsRenewed() {
    script.ok(900, 950, "keepAlive", A, Map.of());
    script.ok(1_800, 1_890, "keepAlive", A, Map.of());
    script.ok(2_000, 2_010, "close", A, Map.of());
    script.refused(2_020, 2_030, "keepAlive", A, "gone");

    assertPasses();
  }

  @Test
  void mayLiveLongerThanItsTtl() {
    script.ok(5_000, 5_010, "keepAlive", A, Map.of());

    assertPasses();
  }

  @Test
  void refusesItsEndBeforeTheTtl() {
    script.ok(500, 700, "keepAlive", A, Map.of());
    script.refused(1_400, 1_499, "keepAlive", A, "gone");

    assertFails();
  }

  @Test
  void refusesThatItComesBack() {
    script.refused(1_000, 1_100, "keepAlive", A, "gone");
    script.ok(1_200, 1_300, "keepAlive", A, Map.of());

    assertFails();
  }

  @Test
  void refusesARenewalAfterTheClose() {
    script.ok(10, 20, "close", A, Map.of());
    script.ok(30, 40, "keepAlive", A, Map.of());

    assertFails();
  }

  @Test
  void refusesTheSameIdTwice() {
    script.ok(10, 20, "open", Map.of("ttlMillis", "1000"), Map.of("session", "a"));

    assertFails();
  }

  @Test
  void allowsACloseWithoutAnswerToWorkLater() {
    script.unknown(10, "close", A);
    script.ok(20, 30, "keepAlive", A, Map.of());
    script.refused(40, 50, "keepAlive", A, "gone");

    assertPasses();
  }

  private void assertPasses() {
    assertThat(script.judgedBy(new SessionModel())).isInstanceOf(Verdict.Linearizable.class);
  }

  private void assertFails() {
    assertThat(script.judgedBy(new SessionModel())).isInstanceOf(Verdict.Violated.class);
  }
}
