// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

/**
 * What a caller reads about a rule that failed.
 *
 * @param fallback for a text that has no value, or too long a one
 * @param text usually with values of the scope in it
 */
public record MessageTemplate(String fallback, Expression<String> text) {
  /** Characters. Values may be long, and a message is for people. */
  public static final int LENGTH_MAX = 1024;

  public static MessageTemplate fixed(String text) {
    return new MessageTemplate(text, _ -> text);
  }

  /** Never throws: a rule that failed is reported, whatever its message does. */
  public String render(Scope scope) {
    String rendered;
    try {
      rendered = text.evaluate(scope);
    } catch (RuntimeException _) {
      return fallback;
    }
    return rendered.length() <= LENGTH_MAX ? rendered : fallback;
  }
}
