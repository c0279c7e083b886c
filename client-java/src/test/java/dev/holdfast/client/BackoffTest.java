// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pauses between attempts: short at first, never long, and never in step with others. */
class BackoffTest {
  private static final Duration TTL = Duration.ofSeconds(10);

  private final Random random = new Random(7);

  @Test
  void goesToTheNextNodeAtOnceAndThenRestsLonger() {
    Backoff backoff = new Backoff(random);

    assertThat(backoff.rest(TTL)).isZero();
    assertThat(backoff.rest(TTL)).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    assertThat(backoff.rest(TTL)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.rest(TTL)).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }
    assertThat(backoff.rest(TTL)).isGreaterThanOrEqualTo(Duration.ofMillis(500));

    backoff.succeeded();

    assertThat(backoff.rest(TTL)).isZero();
  }

  @Test
  void leavesTimeForManyAttemptsBeforeTheLeaseIsOver() {
    Duration ttl = Duration.ofSeconds(1);
    Backoff backoff = new Backoff(random);

    for (int i = 0; i < 100; i++) {
      assertThat(backoff.rest(ttl)).isLessThanOrEqualTo(ttl.dividedBy(8));
    }
  }

  @Test
  void anAttemptTakesAQuarterOfTheTtlInsideItsBounds() {
    assertThat(Backoff.attempt(TTL)).isEqualTo(Duration.ofMillis(2_500));
    assertThat(Backoff.attempt(Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(500));
    assertThat(Backoff.attempt(Duration.ofHours(1))).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void aRefusedRequestRestsTwiceAsLongEachTimeUpToTheLongest() {
    Pause pause = new Pause(Duration.ofMillis(50), Duration.ofSeconds(1));

    for (int i = 0; i < 100; i++) {
      assertThat(pause.after(0, random)).isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
      assertThat(pause.after(3, random)).isBetween(Duration.ofMillis(200), Duration.ofMillis(400));
      assertThat(pause.after(5, random)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
      assertThat(pause.after(Integer.MAX_VALUE, random))
          .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    }
  }

  @Test
  void clientsOfADeadNodeDoNotComeBackInStep() {
    Pause pause = new Pause(Duration.ofMillis(50), Duration.ofSeconds(1));

    assertThat(pause.after(6, random)).isNotEqualTo(pause.after(6, random));
  }
}
