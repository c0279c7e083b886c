package dev.holdfast.node.transact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InterestsTest {
  private final Interests<String, String> interests = new Interests<>();

  @Test
  void knowsWhoIsInterestedInWhat() {
    interests.add("a", "one");
    interests.add("a", "two");
    interests.add("b", "one");

    assertThat(interests.in("a")).containsExactly("one", "two");
    assertThat(interests.in("b")).containsExactly("one");
    assertThat(interests.in("c")).isEmpty();
    List<String> all = new ArrayList<>();
    interests.forEach((subject, listeners) -> all.add(subject + listeners));
    assertThat(all).containsExactlyInAnyOrder("a[one, two]", "b[one]");
  }

  @Test
  void keepsNothingOfWhoHasGone() {
    interests.add("a", "one");
    interests.add("a", "two");

    interests.remove("a", "one");
    interests.remove("a", "one");
    interests.remove("b", "two");

    assertThat(interests.in("a")).containsExactly("two");
    assertThat(interests.isEmpty()).isFalse();
    interests.remove("a", "two");
    assertThat(interests.isEmpty()).isTrue();
  }

  /** A listener ends its interest when it has heard enough: while it is told. */
  @Test
  void losesAListenerWhileAllAreTold() {
    interests.add("a", "one");
    interests.add("a", "two");
    List<String> told = new ArrayList<>();

    for (String listener : interests.in("a")) {
      told.add(listener);
      interests.remove("a", listener);
    }

    assertThat(told).containsExactly("one", "two");
    assertThat(interests.in("a")).isEmpty();
  }
}
