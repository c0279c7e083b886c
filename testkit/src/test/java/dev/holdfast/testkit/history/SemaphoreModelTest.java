// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two permits; sessions a to d of 1 s. */
final class SemaphoreModelTest {
  private final Script script = new Script("s");

  @BeforeEach
  void openSessions() {
    for (String id : new String[] {"a", "b", "c", "d"}) {
      script.ok(0, 5, "open", Map.of("ttlMillis", "1000"), Map.of("session", id));
    }
  }

  @Test
  void allowsAsManyAsThereArePermits() {
    acquire(10, 20, "a");
    acquire(10, 20, "b");
    script.refused(30, 40, "acquire", owner("c"), "held");
    script.ok(50, 60, "release", owner("a"), Map.of());
    acquire(70, 80, "c");
    script.ok(90, 95, "view", Map.of(), Map.of("owners", "b/h,c/h"));

    assertPasses();
  }

  @Test
  void refusesOneMoreThanThereArePermits() {
    acquire(10, 20, "a");
    acquire(10, 20, "b");
    acquire(30, 40, "c");

    assertFails();
  }

  @Test
  void refusesHeldWhileAPermitIsFree() {
    acquire(10, 20, "a");
    script.refused(30, 40, "acquire", owner("c"), "held");

    assertFails();
  }

  @Test
  void refusesToSayToAnEndedSessionThatItHasAPermit() {
    acquire(10, 20, "a");
    script.ok(30, 40, "close", owner("a"), Map.of());
    acquire(50, 60, "a");

    assertFails();
  }

  @Test
  void takesBackThePermitsOfWhichSessionEverHasEnded() {
    acquire(10, 20, "a");
    acquire(10, 20, "b");
    script.ok(500, 510, "keepAlive", owner("c"), Map.of());
    acquire(1_000, 1_100, "c");
    script.refused(1_200, 1_300, "keepAlive", owner("b"), "gone");
    script.ok(1_200, 1_300, "release", owner("a"), Map.of());

    assertPasses();
  }

  @Test
  void refusesARenewalOfTheOnlySessionThatCanHaveEnded() {
    acquire(10, 20, "a");
    acquire(10, 20, "b");
    script.ok(500, 510, "keepAlive", owner("c"), Map.of());
    script.ok(500, 510, "keepAlive", owner("a"), Map.of());
    acquire(1_000, 1_100, "c");
    script.ok(1_200, 1_300, "keepAlive", owner("b"), Map.of());

    assertFails();
  }

  @Test
  void refusesAViewThatMissesAnOwner() {
    acquire(10, 20, "a");
    acquire(10, 20, "b");
    script.ok(30, 40, "view", Map.of(), Map.of("owners", "a/h"));

    assertFails();
  }

  @Test
  void refusesAPermitThatIsReleasedTwice() {
    acquire(10, 20, "a");
    script.ok(30, 40, "release", owner("a"), Map.of());
    script.ok(50, 60, "release", owner("a"), Map.of());

    assertFails();
  }

  @Test
  void allowsAnAcquireWithoutAnswerToTakeAPermitOrNone() {
    acquire(10, 20, "a");
    script.unknown(25, "acquire", owner("b"));
    script.refused(30, 40, "acquire", owner("c"), "held");
    acquire(50, 60, "d");

    assertPasses();
  }

  private void acquire(int from, int to, String session) {
    script.ok(from, to, "acquire", owner(session), Map.of());
  }

  private static Map<String, String> owner(String session) {
    return Map.of("session", session, "holder", "h", "permits", "1", "ttlMillis", "1000");
  }

  private void assertPasses() {
    assertThat(script.judgedBy(new SemaphoreModel(2, 1))).isInstanceOf(Verdict.Linearizable.class);
  }

  private void assertFails() {
    assertThat(script.judgedBy(new SemaphoreModel(2, 1))).isInstanceOf(Verdict.Violated.class);
  }
}
