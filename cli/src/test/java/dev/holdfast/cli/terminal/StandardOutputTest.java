// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that waits and writes nothing, as {@code kv watch} does between two changes. */
@Timeout(60)
final class StandardOutputTest {
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] arguments) throws InterruptedException {
      StandardOutput.onReaderGone(lost -> Runtime.getRuntime().halt(lost.exitCode().code()));
      System.out.println("here");
      TimeUnit.MINUTES.sleep(5);
    }
  }

  @Test
  void aWaitingProcessNoticesThatItsReaderHasGone() throws Exception {
    Process process = waiting();
    try (InputStream out = process.getInputStream()) {
      assertThat(out.readNBytes(4)).asString().isEqualTo("here");
      assertThat(process.waitFor(1, TimeUnit.SECONDS)).as("it has a reader").isFalse();
    }

    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("it has ended").isTrue();
    assertThat(process.exitValue()).isEqualTo(141);
  }

  private static Process waiting() throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Waiting.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
