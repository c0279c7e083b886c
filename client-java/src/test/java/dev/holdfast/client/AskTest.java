// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.FrameLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AskTest {
  @Test
  void nodeWaitsAsLongAsTheCallerUpToTenMinutesAndThenForEver() {
    assertThat(waitMillis(Duration.ZERO)).isZero();
    assertThat(waitMillis(Duration.ofSeconds(3))).isEqualTo(3_000);
    assertThat(waitMillis(Duration.ofMinutes(10))).isEqualTo(600_000);
    assertThat(waitMillis(Duration.ofMinutes(11))).isEqualTo(FrameLimits.WAIT_FOREVER);
    assertThat(waitMillis(null)).isEqualTo(FrameLimits.WAIT_FOREVER);
  }

  @Test
  void refusesAWaitOrADelayThatIsNone() {
    assertThatIllegalArgumentException().isThrownBy(() -> waitMillis(Duration.ofMillis(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> delayed(Duration.ofMillis(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> delayed(Duration.ofMinutes(11)));
  }

  private static long waitMillis(@Nullable Duration patience) {
    return new Ask("jobs", LockMode.EXCLUSIVE, patience).waitMillis();
  }

  private static Ask delayed(Duration delay) {
    return new Ask("jobs", LockMode.EXCLUSIVE, null, null, delay);
  }
}
