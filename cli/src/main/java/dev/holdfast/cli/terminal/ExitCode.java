// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

/** What the shell learns of a command. Documented in docs/reference/cli.md. */
public enum ExitCode {
  OK(0),
  OUTPUT_LOST(1),
  USAGE(2),
  NOT_FOUND(3),
  REFUSED(4),
  UNAVAILABLE(5),
  OUTCOME_UNKNOWN(6),
  LOCK_LOST(7),
  /** As a shell has it for a command that SIGPIPE ended. */
  READER_GONE(141);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
