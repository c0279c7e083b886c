// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: a whole number and B, KiB, MiB, GiB or TiB. */
final class SizeText {
  private static final Pattern PATTERN = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB|TiB)");
  private static final Map<String, Integer> SHIFTS =
      Map.of("B", 0, "KiB", 10, "MiB", 20, "GiB", 30, "TiB", 40);

  private SizeText() {}

  static long parse(String text) {
    Matcher matcher = PATTERN.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a size is a whole number and B, KiB, MiB, GiB or TiB, not '" + text + "'");
    }
    long number = Long.parseLong(matcher.group(1));
    int shift = SHIFTS.getOrDefault(matcher.group(2), 0);
    if (number > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException(
          "'" + text + "' is more than " + Long.MAX_VALUE + " bytes");
    }
    return number << shift;
  }
}
