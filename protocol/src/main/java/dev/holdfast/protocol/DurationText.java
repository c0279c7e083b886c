// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: a whole number and a unit, {@code 250ms}, {@code 5s}, {@code 2m},
 * {@code 1h}. One unit only; the unit is never left out, except for {@code 0}.
 */
public final class DurationText {
  // At most 12 digits, so that hours in milliseconds stay inside a long.
  private static final Pattern PATTERN = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");
  private static final int SHOWN_CHARS = 40;

  private DurationText() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException says what would be right
   */
  public static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = PATTERN.matcher(text);
    if (!matcher.matches()) {
      String shown = text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
      throw new IllegalArgumentException(
          "a duration is a whole number and ms, s, m or h (such as 250ms or 5s), not \""
              + shown
              + "\"");
    }
    return Duration.ofMillis(Long.parseLong(matcher.group(1)) * millisPer(matcher.group(2)));
  }

  /**
   * Writes the duration in the largest unit that divides it. {@link #parse} reads it back.
   *
   * @throws IllegalArgumentException when it is negative or not of whole milliseconds
   */
  public static String format(Duration duration) {
    if (duration.isNegative() || !Duration.ofMillis(duration.toMillis()).equals(duration)) {
      throw new IllegalArgumentException("not a whole number of milliseconds: " + duration);
    }
    long millis = duration.toMillis();
    for (String unit : new String[] {"h", "m", "s"}) {
      if (millis > 0 && millis % millisPer(unit) == 0) {
        return millis / millisPer(unit) + unit;
      }
    }
    return millis + "ms";
  }

  private static long millisPer(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> 1_000;
      case "m" -> 60_000;
      case "h" -> 3_600_000;
      default -> throw new IllegalArgumentException("not a unit: " + unit);
    };
  }
}
