// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class OutageTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final List<String> lines = new ArrayList<>();
  private final Outage outage = new Outage("a:1", now::get, lines::add);

  /** Goes on failing for this long; returns how often. */
  private int failFor(Duration time, String reason) {
    int attempts = 0;
    long begun = now.get();
    while (now.get() - begun < time.toNanos()) {
      now.addAndGet(outage.failed(reason).toNanos());
      attempts++;
    }
    return attempts;
  }

  /** Z2: it was ten lines a second, for ever. */
  @Test
  void writesOneLineForAChangeAndThenOneAMinute() {
    int attempts = failFor(Duration.ofMinutes(10), "refused");

    assertThat(lines).hasSizeBetween(10, 11);
    assertThat(lines.getFirst()).contains("a:1").contains("refused").contains("for 0 s");
    assertThat(attempts).isBetween(120, 130);

    failFor(Duration.ofSeconds(20), "another reason");
    assertThat(lines.getLast()).contains("another reason");
    assertThat(lines).hasSizeBetween(11, 12);
  }

  @Test
  void saysOnceThatItIsOverAndIsQuickAgainAfterwards() {
    outage.over();
    assertThat(lines).isEmpty();
    failFor(Duration.ofSeconds(30), "refused");

    outage.over();
    outage.over();

    assertThat(lines).hasSize(2);
    assertThat(lines.getLast()).contains("is there after 3");
    assertThat(outage.failed("refused")).isEqualTo(Outage.FIRST_PAUSE);
    assertThat(lines).hasSize(3);
  }

  @Test
  void reasonsThatAlternateOrNeverRepeatDoNotFillTheLog() {
    for (int i = 0; i < 1_000; i++) {
      outage.failed("reason " + i);
    }

    assertThat(lines).hasSize(Outage.REASONS_MAX);
  }

  @Test
  void anotherSessionIsNoOtherReason() {
    outage.failed("NOAUTH about /x/lease/01000027861C0006");
    outage.failed("NOAUTH about /x/lease/01000027861C0007");

    assertThat(lines).hasSize(1);
  }
}
