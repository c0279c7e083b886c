// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import dev.holdfast.cli.local.NodeProgram;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputLostException;
import dev.holdfast.cli.terminal.ResultStream;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.cli.terminal.Tty;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The entry point of the {@code holdfast} command. */
public final class Main {
  private static final int BUFFER_BYTES = 1 << 16;

  private Main() {}

  public static void main(String[] arguments) {
    Path folder = Path.of("").toAbsolutePath();
    Path home = Path.of(System.getProperty("holdfast.home", folder.toString()));
    Terminal terminal =
        new Terminal(
            System.in,
            results(),
            notes(),
            environment(System.getenv(), System.getProperty("holdfast.caller.locale")),
            folder,
            home,
            Tty.of(System.getProperty("holdfast.terminals", "")),
            System.getProperty("holdfast.command", "holdfast"),
            InstantSource.system(),
            System::nanoTime);
    Optional<String> unreadable =
        CommandLineBytes.ofThisProcess().fault(arguments, System.getProperty("sun.jnu.encoding"));
    if (unreadable.isPresent()) {
      terminal.note("holdfast: " + unreadable.get());
      System.exit(ExitCode.USAGE.code());
    }
    System.exit(run(terminal, NodeProgram.of(home), arguments));
  }

  /** Runs one command; all of its result is written when this returns 0. */
  static int run(Terminal terminal, NodeProgram program, String... arguments) {
    int code = ExitCode.OK.code();
    try {
      StringWriter help = new StringWriter(); // picocli would report a failed write in its own way.
      code = CommandTree.of(terminal, program).setOut(new PrintWriter(help)).execute(arguments);
      terminal.out().print(help);
      terminal.out().flush();
      return code;
    } catch (OutputLostException e) {
      // A command that failed has said why.
      return code == ExitCode.OK.code() ? CommandTree.outputLost(terminal, e) : code;
    }
  }

  /**
   * What the caller had. The launcher runs Java in a locale of its own.
   *
   * @param locale LC_ALL of the caller, empty when it had none; null without the launcher
   */
  static Map<String, String> environment(
      Map<String, String> own, @org.jspecify.annotations.Nullable String locale) {
    Map<String, String> environment = new HashMap<>(own);
    if (locale != null && locale.isEmpty()) {
      environment.remove("LC_ALL");
    } else if (locale != null) {
      environment.put("LC_ALL", locale);
    }
    return environment;
  }

  private static PrintStream results() {
    FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    return new PrintStream(
        new ResultStream(new BufferedOutputStream(out, BUFFER_BYTES)),
        /* autoFlush= */ false,
        StandardCharsets.UTF_8);
  }

  private static PrintStream notes() {
    FileOutputStream err = new FileOutputStream(FileDescriptor.err);
    return new PrintStream(
        new BufferedOutputStream(err, BUFFER_BYTES), /* autoFlush= */ true, StandardCharsets.UTF_8);
  }
}
