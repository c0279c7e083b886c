// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
