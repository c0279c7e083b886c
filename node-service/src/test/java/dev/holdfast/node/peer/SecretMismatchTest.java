// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SecretMismatchTest {
  private final AtomicLong now = new AtomicLong();
  private final SecretMismatch mismatch = new SecretMismatch(now::get);

  @Test
  void eachNodeIsToldOfOnceAMinute() {
    assertThat(mismatch.isDue("n2")).isTrue();
    for (int i = 0; i < 166; i++) {
      assertThat(mismatch.isDue("n2")).isFalse();
    }
    assertThat(mismatch.isDue("n3")).isTrue();

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(mismatch.isDue("n2")).isTrue();
  }

  @Test
  void namesThatStrangersMakeUpAreBounded() {
    int told = 0;
    for (int i = 0; i < 10_000; i++) {
      told += mismatch.isDue("made-up-" + i) ? 1 : 0;
    }

    assertThat(told).isEqualTo(64);
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(mismatch.isDue("n2")).isTrue();
  }
}
