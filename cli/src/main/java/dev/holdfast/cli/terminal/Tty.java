// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

/**
 * Which of the standard streams are a terminal.
 *
 * @param in of the command, which a command that it runs inherits
 */
public record Tty(boolean in, boolean out, boolean err) {
  public static final Tty NONE = new Tty(false, false, false);

  /**
   * @param descriptors the digits of those that are, as the launcher tells: {@code 02}
   */
  public static Tty of(String descriptors) {
    return new Tty(descriptors.contains("0"), descriptors.contains("1"), descriptors.contains("2"));
  }
}
