// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class BodyPaceTest {
  private static final Duration STALL = Duration.ofMillis(60);
  private static final Duration SHORT = Duration.ofMillis(10);

  private final AtomicLong now = new AtomicLong();
  private final AtomicBoolean othersWait = new AtomicBoolean();
  private final BodyPace pace = new BodyPace(STALL, SHORT, othersWait::get, now::get);
  private final List<Duration> waits = new ArrayList<>();

  /** A channel on which nothing comes. */
  private void silence(Duration timeout) throws SocketTimeoutException {
    waits.add(timeout);
    now.addAndGet(timeout.toNanos());
    throw new SocketTimeoutException("nothing");
  }

  @Test
  void givesAStalledBodyAllItsTimeWhileNobodyWaits() {
    assertThatThrownBy(() -> pace.await(this::silence)).hasMessage("nothing");
    assertThat(waits.stream().mapToLong(Duration::toNanos).sum()).isEqualTo(STALL.toNanos());
  }

  @Test
  void cutsAStalledBodyOffWhenOthersWait() {
    othersWait.set(true);

    assertThatThrownBy(() -> pace.await(this::silence))
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("others wait");
    assertThat(waits).hasSize(1);
  }

  @Test
  void cutsABodyOffThatTricklesWhileOthersWait() {
    othersWait.set(true);
    BodyPace.Wait aByteSoon = _ -> now.addAndGet(SHORT.toNanos() / 2);

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                pace.await(aByteSoon);
                pace.moved(1);
              }
            })
        .hasMessageContaining("others wait");
    BodyPace other = new BodyPace(STALL, SHORT, othersWait::get, now::get);
    assertThatCode(
            () -> {
              for (int i = 0; i < 20; i++) {
                other.await(aByteSoon);
                other.moved(BodyPace.STEP_BYTES);
              }
            })
        .doesNotThrowAnyException();
  }
}
