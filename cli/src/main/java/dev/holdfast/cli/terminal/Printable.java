// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

/**
 * Text of others, for a terminal. A key may hold what moves the cursor, changes the title, or turns
 * the direction of writing, and so forges what the command says; such characters are shown instead,
 * as JSON would write them.
 */
final class Printable {
  private Printable() {}

  /** One line of text; a line break in it is shown as well. */
  static String line(String text) {
    if (text.chars().noneMatch(c -> isHarmful((char) c))) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHarmful(c)) {
        shown.append("\\u%04x".formatted((int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }

  /** JSON stays the same document: such characters stand in strings alone. */
  static String json(String document) {
    return String.join("\n", document.lines().map(Printable::line).toList());
  }

  private static boolean isHarmful(char c) {
    boolean turnsDirection =
        c == '\u200e'
            || c == '\u200f'
            || (c >= '\u202a' && c <= '\u202e')
            || (c >= '\u2066' && c <= '\u2069');
    return Character.isISOControl(c) || turnsDirection || c == '\u2028' || c == '\u2029';
  }
}
