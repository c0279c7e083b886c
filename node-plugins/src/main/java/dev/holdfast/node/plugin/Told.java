// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/** Text that comes from a plugin, made fit for logs and reports: short, one line, never null. */
final class Told {
  static final int MAX_CHARACTERS = 500;

  private static final int MAX_TRACE = 8_000;

  private Told() {}

  /** The class and message of what a plugin threw; its own methods may fail in turn. */
  @SuppressWarnings("CatchThrowable")
  static String of(Throwable thrown) {
    String name = thrown.getClass().getName();
    try {
      Throwable cause = thrown.getCause();
      String because =
          cause == null
              ? ""
              : ", caused by " + cause.getClass().getName() + ": " + cause.getMessage();
      return clip(name + ": " + thrown.getMessage() + because);
    } catch (Throwable failing) {
      return clip(name + " (its message cannot be read: " + failing.getClass().getName() + ")");
    }
  }

  /** Bounded; some lines long. */
  @SuppressWarnings("CatchThrowable")
  static String trace(Throwable thrown) {
    try {
      StringWriter text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text));
      return text.toString().substring(0, Math.min(text.getBuffer().length(), MAX_TRACE));
    } catch (Throwable failing) {
      return ""; // The message is told; only the trace is lost.
    }
  }

  static String clip(@Nullable String text) {
    if (text == null) {
      return "";
    }
    String line = text.length() > MAX_CHARACTERS ? text.substring(0, MAX_CHARACTERS) + "…" : text;
    return line.replaceAll("\\p{Cntrl}+", " ");
  }
}
