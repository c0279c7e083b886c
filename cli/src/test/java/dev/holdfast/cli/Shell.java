// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import dev.holdfast.cli.local.NodeProgram;
import dev.holdfast.cli.terminal.ResultStream;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.cli.terminal.Tty;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Runs commands in this JVM and keeps what they print. */
public final class Shell {
  private final Path folder;
  private final NodeProgram program;
  private final Tty tty;

  public Shell(Path folder, NodeProgram program) {
    this(folder, program, Tty.NONE);
  }

  private Shell(Path folder, NodeProgram program, Tty tty) {
    this.folder = folder;
    this.program = program;
    this.tty = tty;
  }

  /** The same, looked at by somebody. */
  public Shell onTerminal() {
    return new Shell(folder, program, new Tty(true, true, true));
  }

  public static Shell in(Path folder) {
    return new Shell(folder, new NodeProgram(List.of("/bin/false")));
  }

  /** All commands, to be looked at. */
  CommandLine tree() {
    return CommandTree.of(
        terminal("", new ByteArrayOutputStream(), new ByteArrayOutputStream()), program);
  }

  private Terminal terminal(String input, OutputStream out, OutputStream err) {
    return new Terminal(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        new PrintStream(new ResultStream(out), true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Map.of(),
        folder,
        folder,
        tty,
        "./holdfast",
        InstantSource.system(),
        System::nanoTime);
  }

  public record Result(int exitCode, String out, String err) {}

  public Result run(String... arguments) {
    return runWith("", arguments);
  }

  public Result runWith(String input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Result result = runInto(out, input, arguments);
    return new Result(result.exitCode(), out.toString(StandardCharsets.UTF_8), result.err());
  }

  /** With standard output of the test's own; what was written there is not in the result. */
  public Result runInto(OutputStream out, String input, String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal = terminal(input, out, err);
    int code = Main.run(terminal, program, arguments);
    return new Result(code, "", err.toString(StandardCharsets.UTF_8));
  }
}
