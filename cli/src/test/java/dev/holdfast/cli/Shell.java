package dev.holdfast.cli;

import dev.holdfast.cli.local.NodeProgram;
import dev.holdfast.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs commands in this JVM and keeps what they print. */
public final class Shell {
  private final Path folder;
  private final NodeProgram program;

  public Shell(Path folder, NodeProgram program) {
    this.folder = folder;
    this.program = program;
  }

  public static Shell in(Path folder) {
    return new Shell(folder, new NodeProgram(List.of("/bin/false")));
  }

  public record Result(int exitCode, String out, String err) {}

  public Result run(String... arguments) {
    return runWith("", arguments);
  }

  public Result runWith(String input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of(),
            folder,
            folder,
            /* showsProgress= */ false);
    int code = CommandTree.of(terminal, program).execute(arguments);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
