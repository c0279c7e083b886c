// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpiRangeTest {
  @Test
  void admitsWhatTheRangeSaysAndNothingElse() {
    assertAdmits(
        ">=1.0 <2", List.of("1.0.0", "1.0.1", "1.99.0"), List.of("0.9.9", "2.0.0", "10.0.0"));
    assertAdmits(">=1.2.3", List.of("1.2.3", "3.0.0"), List.of("1.2.2"));
    assertAdmits("=1.4", List.of("1.4.0"), List.of("1.4.1", "1.3.9"));
    assertAdmits(">=1 <=1.5", List.of("1.0.0", "1.5.0"), List.of("1.5.1", "0.9.0"));
    assertAdmits(">=1 >=1.2 <3 <2", List.of("1.2.0"), List.of("1.1.0", "2.0.0"));
  }

  @Test
  void takesAPreReleaseForOlderThanItsRelease() {
    assertAdmits(">=1.0 <2", List.of("2.0.0-rc.1"), List.of("1.0.0-rc.1"));
  }

  @Test
  void readsBackWhatItWrites() {
    for (String text : List.of(">=1.0 <2", "=1.4", ">=1 <=1.5")) {
      SpiRange range = SpiRange.parse(text);
      assertThat(SpiRange.parse(range.toString())).isEqualTo(range);
    }
  }

  @Test
  void refusesWhatIsNoRangeOrFitsNothing() {
    for (String text :
        List.of("", "1.0", "^3.0.0", ">= 1.0", ">=1.0,<2", ">=1.x", "~1", ">1", ">=1.0.0.0")) {
      assertThatThrownBy(() -> SpiRange.parse(text)).as(text).hasMessageContaining("not a range");
    }
    assertThatThrownBy(() -> SpiRange.parse("<2")).hasMessageContaining("no lower bound");
    assertThatThrownBy(() -> SpiRange.parse(">=2 <1")).hasMessageContaining("No version fits");
  }

  private static void assertAdmits(String text, List<String> inside, List<String> outside) {
    SpiRange range = SpiRange.parse(text);
    assertThat(inside).as(text).allMatch(v -> range.admits(SemanticVersion.parse(v)));
    assertThat(outside).as(text).noneMatch(v -> range.admits(SemanticVersion.parse(v)));
  }
}
