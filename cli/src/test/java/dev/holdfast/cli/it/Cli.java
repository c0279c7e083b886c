// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.testkit.cluster.LocalCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The {@code holdfast} command of the distribution that a cluster runs from, as a shell has it. */
public final class Cli {
  private static final long PATIENCE_SECONDS = 120;

  private final Path launcher;

  public Cli(LocalCluster cluster) {
    this.launcher = cluster.home().toAbsolutePath().resolve("bin").resolve("holdfast");
  }

  /**
   * @param output stdout and stderr, as they came
   */
  public record Result(int exitCode, String output) {}

  /** Runs to its end; a command that hangs is an error. */
  public Result run(String... arguments) throws IOException, InterruptedException {
    Process process = start(/* mixed= */ true, arguments);
    // The launcher replaces itself by java, so this kills what hangs; the read ends then.
    Thread watchdog = Thread.ofVirtual().start(() -> endIfItHangs(process));
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    watchdog.interrupt();
    return new Result(exitCode, "%s%n%s".formatted(String.join(" ", arguments), output));
  }

  /** Runs on; its stderr is the test's. */
  Process start(String... arguments) throws IOException {
    return start(/* mixed= */ false, arguments);
  }

  private Process start(boolean mixed, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(mixed)
            .redirectInput(Path.of("/dev/null").toFile());
    if (!mixed) {
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.start();
  }

  private static void endIfItHangs(Process process) {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it has ended by itself
    }
  }
}
