// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ListenersTest {
  private final Deque<Runnable> events = new ArrayDeque<>();
  private final Listeners<Integer> listeners = new Listeners<>(events::add);
  private final List<Integer> told = new ArrayList<>();

  private void runAll() {
    while (!events.isEmpty()) {
      events.remove().run();
    }
  }

  @Test
  void goesOnAfterAListenerThrewWhatever() {
    listeners.add(state -> {
      switch (state) {
        case 1 -> throw new NoClassDefFoundError("1");
        case 2 -> throw Sneaky.sneaky(new IOException("2"));
        case 3 -> throw new StackOverflowError();
        default -> told.add(state);
      }
    });
    listeners.add(told::add);

    for (int state = 1; state <= 4; state++) {
      listeners.tell(state);
      runAll();
    }

    assertThat(told).containsExactly(1, 2, 3, 4, 4);
  }

  @Test
  void removedListenerIsToldNothingMore() {
    Consumer<Integer> listener = told::add;
    listeners.add(listener);
    listeners.tell(1);
    runAll();

    listeners.remove(listener);
    listeners.tell(2);
    runAll();

    assertThat(told).containsExactly(1);
  }
}
