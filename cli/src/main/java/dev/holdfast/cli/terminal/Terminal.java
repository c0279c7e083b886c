// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The world of one command: streams, environment, working folder. Stdout takes the result alone;
 * notes and errors go to stderr.
 *
 * @param environment of the caller
 * @param home the distribution folder, or the working folder where there is none
 * @param command that calls this program again, as its user would type it
 * @param clock the wall clock, for what people read
 * @param nanos the monotonic clock, for all that is waited for
 */
public record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    Path folder,
    Path home,
    Tty tty,
    String command,
    InstantSource clock,
    LongSupplier nanos) {
  /** One mapper for the whole process; also reads what servers answer. */
  public static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public Terminal {
    environment = Map.copyOf(environment);
  }

  /** The one document of a command with {@code --json}. */
  public void json(Object document) {
    String text = JSON.writeValueAsString(document);
    out.println(tty.out() ? Printable.json(text) : text);
    out.flush();
  }

  /** A line of the result: as it is, but for control characters on a terminal. */
  public void line(String text) {
    out.println(tty.out() ? Printable.line(text) : text);
  }

  /** A remark for people: stderr, so that scripts never read it. */
  public void note(String text) {
    err.println(tty.err() ? Printable.line(text) : text);
    err.flush();
  }

  /** What to do now; commands in it are written as this user would type them. */
  public void next(String text) {
    note("  next: " + text.replace("'holdfast ", "'" + command + " "));
  }

  /** Whether somebody looks at stderr. */
  public boolean showsProgress() {
    return tty.err();
  }

  public Path resolve(String path) {
    return folder.resolve(path).normalize();
  }
}
