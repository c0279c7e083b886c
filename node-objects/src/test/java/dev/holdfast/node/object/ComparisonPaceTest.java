// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ComparisonPaceTest {
  private static final Duration EVERY = Duration.ofSeconds(60);
  private final AtomicLong nanos = new AtomicLong(7);
  private final ComparisonPace pace = new ComparisonPace(EVERY, nanos::get);

  private void compared(Duration took) {
    pace.begin();
    passes(took);
    pace.end();
  }

  private void passes(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private Duration toNext() {
    return Duration.ofNanos(pace.nanosToNext());
  }

  @Test
  void theFirstIsDueAtOnceAndTheNextAfterItsTime() {
    assertThat(toNext()).isZero();
    compared(Duration.ofMillis(1));
    assertThat(toNext()).isEqualTo(EVERY);
    passes(EVERY);
    assertThat(toNext()).isZero();
    passes(EVERY);
    assertThat(toNext()).isZero();
  }

  @Test
  void oneThatTakesLongTakesAHundredthOfTheTime() {
    compared(Duration.ofSeconds(2));
    assertThat(toNext()).isEqualTo(Duration.ofSeconds(200));
  }

  @Test
  void whatHappensHastensTheNextOneToATenthOfTheTime() {
    compared(Duration.ofSeconds(2));
    pace.hasten();
    pace.hasten();
    assertThat(toNext()).isEqualTo(Duration.ofSeconds(20));
    passes(Duration.ofSeconds(30));
    assertThat(toNext()).isZero();
    compared(Duration.ofSeconds(2));
    assertThat(toNext()).as("once").isEqualTo(Duration.ofSeconds(200));
  }

  @Test
  void afterALongRestSomethingMakesItDueAtOnce() {
    compared(Duration.ofMillis(1));
    passes(Duration.ofSeconds(1));
    pace.hasten();
    assertThat(toNext()).isZero();
  }

  @Test
  void oneThatWasBrokenOffIsStillDue() {
    pace.begin();
    passes(Duration.ofSeconds(1));
    assertThat(toNext()).isZero();
  }
}
