package dev.holdfast.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How a node process is started: this JVM, this class path, {@code holdfast node}.
 *
 * @param command all that stands before the flags of the node
 */
public record NodeProgram(List<String> command) {
  private static final Path NOTHING = Path.of("/dev/null");

  public NodeProgram {
    command = List.copyOf(command);
  }

  /**
   * @param home the distribution, whose conf/jvm.flags says what LMDB needs
   */
  public static NodeProgram of(Path home) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags(home));
    command.add("-Xmx512m");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-Dholdfast.home=" + home);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("dev.holdfast.cli.Main");
    command.add("node");
    return new NodeProgram(command);
  }

  private static List<String> flags(Path home) {
    Path file = home.resolve("conf").resolve("jvm.flags");
    try {
      return Files.exists(file) ? List.of(Files.readString(file).strip().split(" ")) : List.of();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /**
   * Starts a node in a session of its own, so that Ctrl-C reaches this command alone and the node
   * outlives its terminal. Its input is empty and both outputs go to its log; it inherits no other
   * descriptor.
   */
  Process start(NodeFlags flags, Path log, Path folder) throws IOException {
    List<String> line = new ArrayList<>();
    setsid().ifPresent(program -> line.add(program.toString()));
    line.addAll(command);
    line.addAll(flags.arguments());
    return new ProcessBuilder(line)
        .directory(folder.toFile())
        .redirectInput(NOTHING.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  private static java.util.Optional<Path> setsid() {
    return Stream.of("/usr/bin/setsid", "/bin/setsid", "/usr/local/bin/setsid")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }
}
