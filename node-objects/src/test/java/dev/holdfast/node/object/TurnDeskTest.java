// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class TurnDeskTest {
  private final AtomicLong now = new AtomicLong();
  private final TurnDesk desk = new TurnDesk(now::get);

  @Test
  void servesWhoCameFirstAndOtherKeysAtOnce() {
    long first = desk.take("a", Duration.ZERO);
    assertThat(first).isPositive();
    assertThat(desk.take("a", Duration.ZERO)).as("taken").isZero();
    assertThat(desk.take("b", Duration.ZERO)).isPositive();

    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 5; i++) {
      int waiter = i;
      Thread.ofVirtual()
          .start(() -> {
            long ticket = desk.take("a", Duration.ofHours(1));
            served.add(waiter);
            desk.give("a", ticket);
          });
      Await.until(Duration.ofSeconds(20), "it waits", () -> desk.waiting("a") == waiter + 1);
    }
    desk.give("a", first);

    Await.until(Duration.ofSeconds(20), "all are served", () -> served.size() == 5);
    assertThat(served).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aTurnThatIsNotGivenBackPassesOn() {
    long lost = desk.take("a", Duration.ZERO);
    now.addAndGet(TurnDesk.LEASE.toNanos());

    long next = desk.take("a", Duration.ZERO);

    assertThat(next).isPositive().isNotEqualTo(lost);
    desk.give("a", lost);
    assertThat(desk.take("a", Duration.ZERO)).as("a late word frees nothing").isZero();
  }
}
