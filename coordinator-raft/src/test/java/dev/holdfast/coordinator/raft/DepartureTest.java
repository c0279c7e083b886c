// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DepartureTest {
  private static final long MICROS = 1_000;
  private static final long ROUND = 800 * MICROS;

  private final Departure departure = new Departure();
  private long now = 5_000_000;

  /** A batch of that many leaves and is answered, while others come. */
  private void round(int size, int meanwhile) {
    departure.left(size, now);
    now += ROUND;
    departure.answered(meanwhile, now);
  }

  @Test
  void aLoneCallerNeverWaits() {
    assertThat(departure.isDue(1, now)).isTrue();
    round(1, 0);
    assertThat(departure.isDue(1, now)).isTrue();
  }

  @Test
  void waitsForAllThatTakePart() {
    round(1, 9);
    assertThat(departure.isDue(9, now)).as("the tenth was just answered").isFalse();
    assertThat(departure.isDue(10, now)).isTrue();
  }

  @Test
  void waitsForHalfARoundAtMost() {
    round(1, 9);
    assertThat(departure.remainingNanos(now)).isEqualTo(ROUND / 2);
    assertThat(departure.isDue(9, now + ROUND / 2 - 1)).isFalse();
    assertThat(departure.isDue(9, now + ROUND / 2)).isTrue();
  }

  @Test
  void waitsAMillisecondAtMostHoweverSlowTheDiskIs() {
    departure.left(1, now);
    now += 80_000 * MICROS;
    departure.answered(9, now);
    assertThat(departure.remainingNanos(now)).isEqualTo(1_000 * MICROS);
  }

  /** Arrivals that have nothing to do with answers: each wait would be in vain. */
  @Test
  void leavesTheWaitOutWhenItIsInVain() {
    int waits = 0;
    for (int i = 0; i < 1_000; i++) {
      round(4, 4);
      if (!departure.isDue(4, now)) {
        waits++;
        now += ROUND / 2;
      }
    }
    assertThat(waits).isBetween(10, 30);
  }

  @Test
  void waitsAgainWhenItPays() {
    for (int i = 0; i < 200; i++) {
      round(4, 4);
      now += ROUND / 2;
    }
    int waits = 0;
    for (int i = 0; i < 200; i++) {
      round(4, 0);
      waits += departure.isDue(3, now) ? 0 : 1;
    }
    assertThat(waits).isGreaterThan(100);
  }
}
