// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurationTextTest {
  @Test
  void readsEachUnit() {
    assertThat(DurationText.parse("250ms")).isEqualTo(Duration.ofMillis(250));
    assertThat(DurationText.parse("5s")).isEqualTo(Duration.ofSeconds(5));
    assertThat(DurationText.parse("2m")).isEqualTo(Duration.ofMinutes(2));
    assertThat(DurationText.parse("1h")).isEqualTo(Duration.ofHours(1));
    assertThat(DurationText.parse("0")).isZero();
  }

  @Test
  void writesTheLargestUnitThatDividesAndReadsItBack() {
    for (String text : List.of("250ms", "5s", "90s", "2m", "1h", "25h", "0ms")) {
      assertThat(DurationText.format(DurationText.parse(text))).isEqualTo(text);
    }
    assertThat(DurationText.format(DurationText.parse("120s"))).isEqualTo("2m");
  }

  @Test
  void refusesWhatPeopleMistype() {
    for (String text :
        List.of("", "5", "5 s", "-5s", "5S", "1.5s", "5s5s", "1e3s", "9999999999999s")) {
      assertThatThrownBy(() -> DurationText.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("such as 250ms or 5s");
    }
    assertThatThrownBy(() -> DurationText.format(Duration.ofNanos(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DurationText.format(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
