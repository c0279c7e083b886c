// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private static final Duration TTL = Duration.ofSeconds(10);

  @Test
  void endsAMarginBeforeTheClusterCouldPassTheLocksOn() {
    Lease lease = new Lease(0, TTL);

    assertThat(lease.margin()).isEqualTo(Duration.ofSeconds(1));
    assertThat(lease.isOver(Duration.ofMillis(8_999).toNanos())).isFalse();
    assertThat(lease.isOver(Duration.ofSeconds(9).toNanos())).isTrue();
    assertThat(lease.remaining(Duration.ofSeconds(20).toNanos())).isZero();
  }

  @Test
  void marginStaysInsideItsBounds() {
    assertThat(new Lease(0, Duration.ofSeconds(1)).margin()).isEqualTo(Duration.ofMillis(100));
    assertThat(new Lease(0, Duration.ofMillis(500)).margin()).isEqualTo(Duration.ofMillis(100));
    assertThat(new Lease(0, Duration.ofHours(24)).margin()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void countsFromTheSendTimeAndNeverBackwards() {
    Lease lease = new Lease(1_000, TTL).renewed(5_000);

    assertThat(lease.sentNanos()).isEqualTo(5_000);
    assertThat(lease.renewed(2_000)).isEqualTo(lease);
  }

  @Test
  void survivesAClockThatWraps() {
    Lease lease = new Lease(Long.MAX_VALUE - 1, TTL);

    assertThat(lease.isOver(Long.MIN_VALUE)).isFalse();
    assertThat(lease.isOver(Long.MIN_VALUE + TTL.toNanos())).isTrue();
  }
}
