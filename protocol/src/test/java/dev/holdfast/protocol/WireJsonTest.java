package dev.holdfast.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class WireJsonTest {
  @Test
  void acquireTakesTheFormOfTheShellUser() {
    LockBodies.Acquire body =
        WireJson.requests()
            .readValue(
                "{\"session\":\"s\",\"holder\":\"h\",\"mode\":\"permits:2/10\",\"wait\":\"5s\"}",
                LockBodies.Acquire.class);

    assertThat(body)
        .isEqualTo(new LockBodies.Acquire("s", "h", LockMode.permits(2, 10), "5s", null, null));
    assertThat(WireJson.requests().writeValueAsString(body))
        .isEqualTo(
            "{\"session\":\"s\",\"holder\":\"h\",\"mode\":\"permits:2/10\",\"wait\":\"5s\"}");
  }

  @Test
  void requestsAreStrictAndAnswersAreNot() {
    String extra = "{\"ttl\":\"10s\",\"tttl\":1}";

    assertThatThrownBy(() -> WireJson.requests().readValue(extra, SessionBodies.Create.class))
        .isInstanceOf(JacksonException.class);
    assertThat(WireJson.answers().readValue(extra, SessionBodies.Create.class))
        .isEqualTo(new SessionBodies.Create("10s"));
    assertThatThrownBy(
            () -> WireJson.requests().readValue("{\"ttl\":10}", SessionBodies.Create.class))
        .isInstanceOf(JacksonException.class);
    assertThatThrownBy(
            () -> WireJson.requests().readValue("{\"ttl\":\"1s\"} x", SessionBodies.Create.class))
        .isInstanceOf(JacksonException.class);
  }

  @Test
  void problemKeepsFurtherMembers() {
    Problem problem = new Problem(409, "LOCK_HELD", "held", "wait longer", Map.of("position", 3));
    String json = WireJson.answers().writeValueAsString(problem);

    assertThat(json).contains("\"position\":3").doesNotContain("members");
    assertThat(WireJson.answers().readValue(json, Problem.class)).isEqualTo(problem);
    assertThat(WireJson.answers().readValue("{\"status\":500,\"code\":\"X\"}", Problem.class))
        .isEqualTo(new Problem(500, "X", "", ""));
  }

  @Test
  void bodiesSurviveTheRoundTrip() {
    roundTrip(new SessionBodies.Info("s", "10s", 5));
    roundTrip(new LockBodies.Grant("l", "s", "h", LockMode.SHARED, 17, 18, "n1", ""));
    roundTrip(
        new LockBodies.Page(
            List.of(
                new LockBodies.View(
                    "l",
                    List.of(new LockBodies.Holder("s", "h", LockMode.EXCLUSIVE, 17)),
                    List.of(new LockBodies.Waiter("s", "h2", LockMode.SHARED, 1)),
                    1,
                    18)),
            null));
    roundTrip(
        new ObjectBodies.Put(
            "k", "v", List.of("p"), "confirmed", 3, "ab", new ObjectBodies.Copies(3, 2)));
    roundTrip(
        new ObjectBodies.Page(
            List.of(new ObjectBodies.Info("k", "v", 3, null, "text/plain", null, Map.of("a", "b"))),
            List.of("x/"),
            "k",
            false));
    roundTrip(
        new ObjectBodies.Versions(
            "k",
            List.of("n1"),
            List.of(new ObjectBodies.Version("v", List.of(), "confirmed", true, 0, null, null))));
    roundTrip(
        new ClusterBodies.Status(
            "raft",
            true,
            null,
            3,
            List.of(
                new ClusterBodies.Node(
                    "n1",
                    "http://h:1",
                    "follower",
                    "online",
                    "healthy",
                    Map.of("zone", "a"),
                    2,
                    1,
                    "h:2",
                    "h:3",
                    0,
                    "1.0")),
            List.of("a warning")));
    roundTrip(
        new ClusterBodies.Plugins(
            List.of(
                new ClusterBodies.PluginInfo(
                    "p", "1.0", ">=1.0 <2", "active", null, List.of("placement"), 0))));
  }

  private static void roundTrip(Object body) {
    String json = WireJson.requests().writeValueAsString(body);
    assertThat(WireJson.requests().readValue(json, body.getClass())).as(json).isEqualTo(body);
  }
}
