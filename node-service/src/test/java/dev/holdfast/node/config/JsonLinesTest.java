// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class JsonLinesTest {
  @Test
  void aLineHasTheValuesAndTheNodeAndTheStack() {
    LoggingEvent event =
        new LoggingEvent(
            "caller",
            new LoggerContext().getLogger("dev.holdfast.x"),
            Level.WARN,
            "{} left at {}",
            new IllegalStateException("why"),
            new Object[] {"n2", 7});

    String line = new String(new JsonLines("n1").encode(event), StandardCharsets.UTF_8);

    assertThat(line).endsWith("}\n").hasLineCount(1);
    JsonNode json = JsonMapper.builder().build().readTree(line);
    assertThat(json.path("message").asString("")).isEqualTo("n2 left at 7");
    assertThat(json.path("node").asString("")).isEqualTo("n1");
    assertThat(json.path("level").asString("")).isEqualTo("WARN");
    assertThat(json.path("error").asString("")).contains("IllegalStateException: why");
  }
}
