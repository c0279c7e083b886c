package dev.holdfast.cli;

import dev.holdfast.cli.local.NodeProgram;
import dev.holdfast.cli.terminal.Terminal;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The entry point of the {@code holdfast} command. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Path folder = Path.of("").toAbsolutePath();
    Path home = Path.of(System.getProperty("holdfast.home", folder.toString()));
    Terminal terminal =
        new Terminal(
            System.in,
            utf8(FileDescriptor.out, /* autoFlush= */ false),
            utf8(FileDescriptor.err, /* autoFlush= */ true),
            System.getenv(),
            folder,
            home,
            Boolean.getBoolean("holdfast.progress"));
    int code = CommandTree.of(terminal, NodeProgram.of(home)).execute(arguments);
    terminal.out().flush();
    System.exit(code);
  }

  private static PrintStream utf8(FileDescriptor descriptor, boolean autoFlush) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor), 1 << 16),
        autoFlush,
        StandardCharsets.UTF_8);
  }
}
