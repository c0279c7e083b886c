// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

/** Words of a command that somebody pastes into a shell. */
public final class ShellWords {
  private ShellWords() {}

  public static String quoted(String word) {
    return word.matches("[A-Za-z0-9_./:=,@-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
