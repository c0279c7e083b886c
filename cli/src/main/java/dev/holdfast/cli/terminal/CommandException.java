// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import org.jspecify.annotations.Nullable;

/** The end of a command that did not do what it was asked: what happened, and what to do next. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;
  private final String next;

  public CommandException(ExitCode exitCode, String what, String next) {
    this(exitCode, what, next, null);
  }

  public CommandException(ExitCode exitCode, String what, String next, @Nullable Throwable cause) {
    super(what, cause);
    this.exitCode = exitCode;
    this.next = next;
  }

  public ExitCode exitCode() {
    return exitCode;
  }

  public String what() {
    return String.valueOf(getMessage());
  }

  /** Empty when nothing can be done. */
  public String next() {
    return next;
  }
}
