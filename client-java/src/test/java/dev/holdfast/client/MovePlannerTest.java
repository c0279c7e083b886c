// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When a session moves to the leader; time is moved by hand. */
class MovePlannerTest {
  private static final URI NODE = URI.create("http://10.0.0.1:7600");
  private static final URI LEADER = URI.create("http://10.0.0.2:7600");
  private static final URI OTHER = URI.create("http://10.0.0.3:7600");

  private final MovePlanner planner = new MovePlanner(true);
  private final MovePlanner.Traffic traffic = at(planner, NODE);
  private long now = Long.MAX_VALUE - 1_000; // nanoTime may wrap at any moment.

  private static MovePlanner.Traffic at(MovePlanner planner, URI node) {
    MovePlanner.Traffic traffic = planner.trafficTo(node);
    traffic.welcomed("n1");
    traffic.leaderAt("n2", LEADER.toString());
    return traffic;
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  /** So many commands at once; where the last one sends its session. */
  private @Nullable URI burst(MovePlanner.Traffic over, int commands) {
    URI to = null;
    for (int i = 0; i < commands && to == null; i++) {
      to = over.sent(now);
    }
    return to;
  }

  @Test
  void movesWithTheThirtySecondCommandOfASecond() {
    assertThat(burst(traffic, 31)).isNull();
    assertThat(traffic.sent(now)).isEqualTo(LEADER);
  }

  @Test
  void staysWhileItIsSlow() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(traffic.sent(now)).isNull();
      pass(Duration.ofMillis(40));
    }
  }

  @Test
  void staysAtTheLeaderAndWhereNoneIsKnownOrUsable() {
    traffic.leaderAt("n1", LEADER.toString());
    assertThat(burst(traffic, 100)).isNull();
    traffic.leaderAt("n2", NODE.toString());
    assertThat(burst(traffic, 100)).isNull();
    traffic.leaderAt("", "");
    assertThat(burst(traffic, 100)).isNull();
    for (String unusable : new String[] {"no address", "http:nowhere", "/nowhere"}) {
      traffic.leaderAt("n2", unusable);
      assertThat(burst(traffic, 100)).as(unusable).isNull();
    }

    MovePlanner.Traffic secure = at(planner, URI.create("https://holdfast.example:443"));
    assertThat(burst(secure, 100)).isNull();
    assertThat(burst(at(new MovePlanner(false), NODE), 100)).isNull();
  }

  @Test
  void restsLongerAfterEachFailureUpToTenMinutes() {
    for (int seconds : new int[] {10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600, 600, 600}) {
      assertThat(burst(traffic, 100)).as("before a rest of " + seconds).isEqualTo(LEADER);
      planner.failed(LEADER, now);
      assertThat(burst(traffic, 100)).as("at once").isNull();
      pass(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(burst(traffic, 100)).as("a rest of " + seconds).isNull();
      pass(Duration.ofMillis(1));
    }

    assertThat(burst(traffic, 100)).isEqualTo(LEADER);
    planner.arrived(LEADER);
    assertThat(burst(traffic, 100)).isEqualTo(LEADER);
    planner.failed(LEADER, now);
    pass(MovePlanner.MIN_REST);
    assertThat(burst(traffic, 100)).isEqualTo(LEADER);
  }

  @Test
  void restsAsLongAfterTheHundredthFailureInARow() {
    for (int i = 0; i < 100; i++) {
      assertThat(burst(traffic, 100)).isEqualTo(LEADER);
      planner.failed(LEADER, now);
      if (i < 99) {
        pass(MovePlanner.MAX_REST);
      }
    }

    pass(MovePlanner.MAX_REST.minusMillis(1));
    assertThat(burst(traffic, 100)).isNull();
    pass(Duration.ofMillis(1));
    assertThat(burst(traffic, 100)).isEqualTo(LEADER);
  }

  @Test
  void restOfOneAddressIsNotThatOfAnother() {
    assertThat(burst(traffic, 100)).isEqualTo(LEADER);
    planner.failed(LEADER, now);

    traffic.leaderAt("n3", OTHER.toString());

    assertThat(burst(traffic, 100)).isEqualTo(OTHER);
  }

  @Test
  void oneSessionMovesAtATime() {
    MovePlanner.Traffic second = at(planner, NODE);
    assertThat(burst(traffic, 100)).isEqualTo(LEADER);
    assertThat(burst(second, 100)).isNull();

    planner.calledOff();

    assertThat(burst(second, 100)).isEqualTo(LEADER);
  }
}
