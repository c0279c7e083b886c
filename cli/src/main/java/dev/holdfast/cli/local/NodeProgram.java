// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a node process is started: {@code holdfast node}, on the JDK of this process.
 *
 * @param command all that stands before the flags of the node
 */
public record NodeProgram(List<String> command) {
  private static final Path NOTHING = Path.of("/dev/null");

  public NodeProgram {
    command = List.copyOf(command);
  }

  /**
   * @param home the distribution; its launcher alone knows what a JVM needs to run a node
   */
  public static NodeProgram of(Path home) {
    String more = Optional.ofNullable(System.getenv("HOLDFAST_JVM_OPTS")).orElse("");
    return new NodeProgram(
        List.of(
            "/usr/bin/env",
            "HOLDFAST_JAVA_HOME=" + System.getProperty("java.home"),
            "HOLDFAST_JVM_OPTS=-Xmx512m -XX:+ExitOnOutOfMemoryError " + more,
            home.resolve("bin").resolve("holdfast").toString(),
            "node"));
  }

  /**
   * Starts a node in a session of its own, so that Ctrl-C reaches this command alone and the node
   * outlives its terminal. Its input is empty and both outputs go to its log; it inherits no other
   * descriptor.
   */
  Process start(NodeFlags flags, Path log, Path folder) throws IOException {
    List<String> line = new ArrayList<>(detached());
    line.addAll(command);
    line.addAll(flags.arguments());
    return new ProcessBuilder(line)
        .directory(folder.toFile())
        .redirectInput(NOTHING.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /** What stands before a command that outlives this terminal. */
  static List<String> detached() {
    return setsid().map(program -> List.of(program.toString())).orElse(List.of());
  }

  private static Optional<Path> setsid() {
    return Stream.of("/usr/bin/setsid", "/bin/setsid", "/usr/local/bin/setsid")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }
}
