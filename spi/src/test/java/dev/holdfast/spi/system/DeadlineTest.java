// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DeadlineTest {
  /** A monotonic clock may be anywhere, also just before its own overflow. */
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 2);

  @Test
  void saysWhatIsLeftUntilItPasses() {
    Deadline deadline = Deadline.after(Duration.ofNanos(5), nanos::get);

    assertThat(deadline.leftNanos()).isEqualTo(5);
    nanos.addAndGet(4);
    assertThat(deadline.hasPassed()).isFalse();
    nanos.addAndGet(1);
    assertThat(deadline.hasPassed()).isTrue();
    nanos.addAndGet(1_000);
    assertThat(deadline.leftNanos()).isZero();
  }

  @Test
  void neverComesAfterMoreTimeThanTheClockCounts() {
    Deadline deadline = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE), nanos::get);

    nanos.addAndGet(Duration.ofDays(10_000).toNanos());

    assertThat(deadline.hasPassed()).isFalse();
  }
}
