// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From what came in to values within their bounds. */
final class DataReading {
  private static final Pattern SPAN = Pattern.compile("(-?)([0-9]{1,15})(ms|s|m|h|d)");
  private static final Pattern HEX = Pattern.compile("[0-9a-f]*");

  private DataReading() {}

  static Object read(DataType type, Object raw) {
    return switch (type) {
      case DataType.Text(int min, int max) -> text(raw, min, max);
      case DataType.Hex(int length) -> hex(raw, length);
      case DataType.Uuid() -> uuid(raw);
      case DataType.Int(long min, long max) -> number(raw, min, max);
      case DataType.Bool() -> raw instanceof Boolean b ? b : refuse(raw, "true or false");
      case DataType.Time() -> time(raw);
      case DataType.Span() -> span(raw);
      case DataType.Choice(List<String> words) ->
          raw instanceof String s && words.contains(s)
              ? s
              : refuse(raw, "one of " + String.join(", ", words));
      case DataType.ListOf list -> elements(raw, list);
      case DataType.MapOf map -> entries(raw, map);
    };
  }

  private static Object text(Object raw, int min, int max) {
    if (!(raw instanceof String s)) {
      return refuse(raw, "text");
    }
    int length = s.codePointCount(0, s.length());
    if (length < min || length > max) {
      throw new IllegalArgumentException(
          "has %d characters, not %d to %d".formatted(length, min, max));
    }
    return s;
  }

  private static Object hex(Object raw, int length) {
    if (raw instanceof String s && s.length() == length && HEX.matcher(s).matches()) {
      return s;
    }
    return refuse(raw, length + " hexadecimal digits in lower case");
  }

  private static Object uuid(Object raw) {
    if (raw instanceof String s && s.length() == 36) {
      try {
        if (UUID.fromString(s).toString().equals(s)) {
          return s;
        }
      } catch (IllegalArgumentException _) {
        // Refused below, like any other text.
      }
    }
    return refuse(raw, "a UUID in lower case");
  }

  private static Object number(Object raw, long min, long max) {
    if (!(raw instanceof Long || raw instanceof Integer)) {
      return refuse(raw, "a whole number");
    }
    long value = ((Number) raw).longValue();
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%d is not within %s".formatted(value, new DataType.Int(min, max).text()));
    }
    return value;
  }

  private static Object time(Object raw) {
    if (raw instanceof Instant) {
      return raw;
    }
    if (raw instanceof String s) {
      try {
        return Instant.parse(s);
      } catch (DateTimeException _) {
        // Refused below, like any other text.
      }
    }
    return refuse(raw, "a time such as 2026-01-31T12:00:00Z");
  }

  /** Also what documents write: {@code 30s}, {@code 24h}, {@code 90d}. */
  static Object span(Object raw) {
    if (raw instanceof Duration) {
      return raw;
    }
    if (raw instanceof String s) {
      Matcher match = SPAN.matcher(s);
      try {
        if (match.matches()) {
          Duration span = unit(match.group(3)).multipliedBy(Long.parseLong(match.group(2)));
          return match.group(1).isEmpty() ? span : span.negated();
        }
        return Duration.parse(s);
      } catch (DateTimeException | ArithmeticException _) {
        // Refused below, like any other text.
      }
    }
    return refuse(raw, "a duration such as 500ms, 30s, 5m, 24h or 90d");
  }

  private static Duration unit(String name) {
    return switch (name) {
      case "ms" -> Duration.ofMillis(1);
      case "s" -> Duration.ofSeconds(1);
      case "m" -> Duration.ofMinutes(1);
      case "h" -> Duration.ofHours(1);
      default -> Duration.ofDays(1);
    };
  }

  private static Object elements(Object raw, DataType.ListOf type) {
    if (!(raw instanceof List<?> list)) {
      return refuse(raw, "a list");
    }
    if (list.size() > type.max()) {
      throw new IllegalArgumentException(
          "has %d elements, at most %d fit".formatted(list.size(), type.max()));
    }
    List<Object> read = new ArrayList<>();
    for (Object element : list) {
      try {
        read.add(type.element().read(element));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "element %d: %s".formatted(read.size() + 1, e.getMessage()), e);
      }
    }
    return List.copyOf(read);
  }

  /** Sorted, so that two nodes print and hash one map alike. */
  private static Object entries(Object raw, DataType.MapOf type) {
    if (!(raw instanceof Map<?, ?> map)) {
      return refuse(raw, "a map");
    }
    if (map.size() > type.max()) {
      throw new IllegalArgumentException(
          "has %d entries, at most %d fit".formatted(map.size(), type.max()));
    }
    TreeMap<Object, Object> read = new TreeMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      try {
        read.put(key(type.key(), entry.getKey()), type.value().read(entry.getValue()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "entry %s: %s".formatted(shown(entry.getKey()), e.getMessage()), e);
      }
    }
    return Collections.unmodifiableMap(read);
  }

  /** JSON has keys of text only. */
  private static Object key(DataType type, Object raw) {
    if (type instanceof DataType.Int && raw instanceof String s) {
      try {
        return type.read(Long.parseLong(s));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("the key is no whole number", e);
      }
    }
    return type.read(raw);
  }

  private static Object refuse(Object raw, String wanted) {
    throw new IllegalArgumentException("%s is not %s".formatted(shown(raw), wanted));
  }

  /** Of others, so not all of it. */
  private static String shown(Object raw) {
    String text = String.valueOf(raw);
    String start = text.length() <= 40 ? text : text.substring(0, 40) + "…";
    return raw instanceof String ? "'" + start + "'" : start;
  }
}
