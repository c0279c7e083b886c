// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demos do what they say. */
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DemosIT {
  private static final Path DEMOS = Path.of("..", "examples", "demos");

  @Test
  void oneNode() throws Exception {
    assertThat(run("one-node", 22_600))
        .contains("first", "second", "I hold the lock, my token is", "Stopping the nodes");
  }

  @Test
  void threeNodes() throws Exception {
    assertThat(run("three-nodes", 22_700))
        .contains("on all three", "refused at the second node, exit code 4", "n2 leads");
  }

  @Test
  void failOver() throws Exception {
    assertThat(run("fail-over", 22_800))
        .contains("kills n", "reads all 50 back: 0 lost", "the lock is HELD")
        .containsPattern("event of n[123]: n[123] leads");
  }

  private static String run(String demo, int port) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(DEMOS.resolve(demo).toString())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile());
    builder.environment().put("HOLDFAST_NO_BUILD", "1");
    builder.environment().put("DEMO_PORT", Integer.toString(port));
    builder.environment().put("HOLDFAST_JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
