// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.coordinator.NodeLease.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LocalLeaseTest {
  /** Near its end: nanoTime may wrap. */
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 50);

  private final List<State> told = new ArrayList<>();
  private final List<RuntimeException> failures = new ArrayList<>();
  private final LocalLease lease = new LocalLease(10, now::get, failures::add);

  private long in(long nanos) {
    return now.get() + nanos;
  }

  private void open() {
    lease.onChange(told::add);
    lease.opened(7, 20, in(10));
  }

  @Test
  void isSuspendedUntilItsFirstRenewalAndLostForGood() {
    open();
    assertThat(lease.state()).isEqualTo(State.SUSPENDED);
    assertThat(lease.ttlMillis()).isEqualTo(20);

    assertThat(lease.renewed(7, in(100), 5)).isTrue();
    now.addAndGet(60);
    lease.suspend();
    assertThat(lease.isOver()).isFalse();
    now.addAndGet(40);
    assertThat(lease.isOver()).isTrue();
    lease.lost();

    assertThat(lease.renewed(7, in(100), 6)).isFalse();
    assertThat(told).containsExactly(State.CONNECTED, State.SUSPENDED, State.LOST);
    assertThat(lease.provenRevision()).isEqualTo(5);
  }

  @Test
  void aRenewalOfAnotherLeaseOrOneThatComesTooLateDoesNotCount() {
    open();

    assertThat(lease.renewed(6, in(100), 5)).isFalse();
    assertThat(lease.renewed(7, in(0), 5)).isFalse();

    assertThat(lease.state()).isEqualTo(State.SUSPENDED);
    assertThat(lease.provenRevision()).isZero();
  }

  @Test
  void anOlderRenewalDoesNotShortenANewerOne() {
    open();
    assertThat(lease.renewed(7, in(100), 9)).isTrue();
    long until = lease.surelyValidUntilNanos();

    assertThat(lease.renewed(7, in(50), 8)).isTrue();

    assertThat(lease.surelyValidUntilNanos()).isEqualTo(until);
    assertThat(lease.provenRevision()).isEqualTo(9);
  }

  @Test
  void whatIsGivenUpIsOverAtOnce() {
    open();
    lease.renewed(7, in(100), 5);

    lease.lost();

    assertThat(lease.isOver()).isTrue();
    now.addAndGet(30);
    assertThat(lease.apartNanos()).isEqualTo(30);
  }

  @Test
  void aListenerThatThrowsHoldsUpNoOther() {
    lease.onChange(_ -> {
      throw new IllegalStateException("listener");
    });
    open();

    lease.renewed(7, in(100), 5);

    assertThat(told).containsExactly(State.CONNECTED);
    assertThat(failures).hasSize(1);
  }
}
