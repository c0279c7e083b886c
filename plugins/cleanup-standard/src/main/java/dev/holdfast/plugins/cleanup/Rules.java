// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.cleanup;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stays.
 *
 * @param newest so many versions of an object, its head among them
 * @param younger a version that was replaced less than this ago
 * @param hold name of metadata; empty for none
 * @param largestBytes of the old versions of an object together; 0 for no limit
 * @param copies whether surplus copies go
 */
record Rules(long newest, Duration younger, String hold, long largestBytes, boolean copies) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h|d)");

  Rules {
    if (newest < 1 || largestBytes < 0) {
      throw new IllegalArgumentException(
          "newest is %d, at least 1 is needed; largest is %d".formatted(newest, largestBytes));
    }
  }

  static Rules of(Map<String, Object> config) {
    return new Rules(
        ((Number) value(config, "newest")).longValue(),
        duration(value(config, "younger").toString()),
        value(config, "hold").toString(),
        ((Number) value(config, "largest")).longValue(),
        value(config, "copies").equals(true));
  }

  private static Object value(Map<String, Object> config, String name) {
    Object value = config.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  private static Duration duration(String text) {
    Matcher parts = DURATION.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "younger is '" + text + "'; write a number and s, m, h or d, e.g. 90d");
    }
    long amount = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }
}
