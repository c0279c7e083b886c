// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class InterestsTest {
  private final Map<String, Long> counted = new TreeMap<>();
  private final Interests<String, String> interests =
      new Interests<>(
          new Meter() {
            @Override
            public void count(String name, long amount) {
              counted.merge(name, amount, Long::sum);
            }

            @Override
            public void record(String name, double value) {}
          });

  @Test
  void knowsWhoIsInterestedInWhat() {
    interests.add("a", "one");
    interests.add("a", "two");
    interests.add("b", "one");

    assertThat(told("a")).containsExactly("one", "two");
    assertThat(told("b")).containsExactly("one");
    assertThat(told("c")).isEmpty();
    List<String> all = new ArrayList<>();
    interests.tellAll((subject, listener) -> all.add(subject + " " + listener));
    assertThat(all).containsExactlyInAnyOrder("a one", "a two", "b one");
    assertThat(interests.count()).isEqualTo(3);
  }

  @Test
  void keepsNothingOfWhoHasGone() {
    interests.add("a", "one");
    interests.add("a", "two");

    interests.remove("a", "one");
    interests.remove("a", "one");
    interests.remove("b", "two");

    assertThat(told("a")).containsExactly("two");
    assertThat(interests.count()).isEqualTo(1);
    interests.remove("a", "two");
    assertThat(interests.isEmpty()).isTrue();
    assertThat(interests.count()).isZero();
  }

  /** A listener ends its interest when it has heard enough: while it is told. */
  @Test
  void losesAListenerWhileAllAreTold() {
    interests.add("a", "one");
    interests.add("a", "two");
    List<String> told = new ArrayList<>();

    interests.tell(
        "a",
        listener -> {
          told.add(listener);
          interests.remove("a", listener);
        });

    assertThat(told).containsExactly("one", "two");
    assertThat(told("a")).isEmpty();
  }

  /** Whatever is thrown: an Error of one listener must not end the watch for all. */
  @Test
  void tellsTheOthersAndTheNextNewsWhenAListenerFails() {
    interests.add("a", "fails");
    interests.add("a", "two");
    List<String> told = new ArrayList<>();

    for (int i = 0; i < 2; i++) {
      interests.tell(
          "a",
          listener -> {
            told.add(listener);
            if (listener.equals("fails")) {
              throw new AssertionError("as planned");
            }
          });
    }

    assertThat(told).containsExactly("fails", "two", "fails", "two");
    assertThat(counted).containsEntry("listener.failed", 2L);
  }

  private List<String> told(String subject) {
    List<String> told = new ArrayList<>();
    interests.tell(subject, told::add);
    return told;
  }
}
