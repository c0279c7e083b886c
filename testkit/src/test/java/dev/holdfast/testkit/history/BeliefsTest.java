// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class BeliefsTest {
  private final Script script = new Script("l");

  @Test
  void allowsHoldsOneAfterTheOtherWithRisingTokens() {
    hold(0, 10, 1);
    hold(10, 20, 5);

    assertThat(Beliefs.problems(script.operations())).isEmpty();
  }

  @Test
  void seesTwoHoldersAtOnce() {
    hold(0, 100, 1);
    hold(10, 20, 2);
    hold(90, 110, 3);

    assertThat(Beliefs.problems(script.operations())).hasSize(2);
  }

  @Test
  void seesATokenThatFalls() {
    hold(0, 10, 2);
    hold(20, 30, 1);

    assertThat(Beliefs.problems(script.operations())).hasSize(1);
  }

  private void hold(int from, int to, int token) {
    script.ok(from, to, Beliefs.HOLD, Map.of(), Map.of("token", Integer.toString(token)));
  }
}
