// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A command of the user. Where nobody looks on, it runs in a session of its own, if the system has
 * {@code setsid}, so that a signal reaches all that it started. At a terminal it stays in the
 * session of this command: in another one it could ask for no password and draw no window, and
 * Ctrl-C, which the terminal sends to both, reaches it anyway.
 */
final class ChildCommand {
  /** Of this process it is the launcher's, and the command gets that of the user. */
  private static final String LOCALE = "LC_ALL";

  private final Process process;
  private final boolean grouped;

  private ChildCommand(Process process, boolean grouped) {
    this.process = process;
    this.grouped = grouped;
  }

  /**
   * @param outputToError keeps standard output free for the document of this command
   */
  static ChildCommand start(
      List<String> command,
      Map<String, String> environment,
      Terminal terminal,
      boolean outputToError) {
    List<String> line = new ArrayList<>();
    boolean attended = terminal.tty().in() || terminal.tty().err();
    boolean grouped = false;
    for (String setsid : List.of("/usr/bin/setsid", "/bin/setsid")) {
      if (!attended && !grouped && Files.isExecutable(Path.of(setsid))) {
        line.add(setsid);
        grouped = true;
      }
    }
    if (outputToError) {
      line.addAll(List.of("/bin/sh", "-c", "exec \"$@\" >&2", "sh"));
    }
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line).directory(terminal.folder().toFile()).inheritIO();
    builder.environment().putAll(environment);
    String locale = terminal.environment().get(LOCALE);
    if (locale == null) {
      builder.environment().remove(LOCALE);
    } else {
      builder.environment().put(LOCALE, locale);
    }
    try {
      return new ChildCommand(builder.start(), grouped);
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.NOT_FOUND, "cannot run " + command.get(0) + ": " + e.getMessage(), "", e);
    }
  }

  /** True when it has ended within the time. */
  boolean hasEnded(Duration within) throws InterruptedException {
    return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** 128 + n when signal n ended it. */
  int exitCode() {
    return process.exitValue();
  }

  /**
   * @param name TERM, INT, HUP, KILL
   */
  void signal(String name) {
    if (!process.isAlive()) {
      return;
    }
    if (grouped) {
      try {
        new ProcessBuilder("/bin/sh", "-c", "kill -s " + name + " -- -" + process.pid())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
        return;
      } catch (IOException e) {
        // No process can be started any more: the calls of this JVM are left.
        signalTree(name);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    signalTree(name);
  }

  private void signalTree(String name) {
    List<ProcessHandle> tree =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    tree.forEach(name.equals("KILL") ? ProcessHandle::destroyForcibly : ProcessHandle::destroy);
  }

  /** Asked at first, forced when the grace is over. */
  void stop(Duration grace) throws InterruptedException {
    signal("TERM");
    if (!hasEnded(grace)) {
      signal("KILL");
      process.destroyForcibly().waitFor();
    }
  }
}
