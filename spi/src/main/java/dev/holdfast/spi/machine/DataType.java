// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.util.HashSet;
import java.util.List;

/**
 * What a field of a machine may hold. Every type has a bound, so that the worst case of a rule is
 * known before it runs. The Java values are {@link String}, {@link Long}, {@link Boolean}, {@link
 * java.time.Instant}, {@link java.time.Duration}, and immutable lists and maps of them.
 */
public sealed interface DataType {
  /** Where a document names no maximum. Characters are code points. */
  int TEXT_MAX = 1024;

  int LIST_MAX = 100;
  int MAP_MAX = 500;

  /** The most that a document may name. */
  int BOUND_MAX = 1 << 20;

  /**
   * @param min characters
   * @param max characters
   */
  record Text(int min, int max) implements DataType {
    public Text {
      requireBounds(min, max);
    }
  }

  /**
   * Hexadecimal digits in lower case.
   *
   * @param length of them, exactly
   */
  record Hex(int length) implements DataType {
    public Hex {
      requireBounds(1, length);
    }
  }

  /** In lower case, as {@link java.util.UUID#toString()} writes it. */
  record Uuid() implements DataType {}

  /** Both bounds belong to it. */
  record Int(long min, long max) implements DataType {
    public Int {
      if (min > max) {
        throw new IllegalArgumentException("the range %d..%d is empty".formatted(min, max));
      }
    }
  }

  record Bool() implements DataType {}

  /** A moment, with nanoseconds. */
  record Time() implements DataType {}

  /** A span of time, with nanoseconds. */
  record Span() implements DataType {}

  /** One of these words. */
  record Choice(List<String> words) implements DataType {
    public Choice {
      words = List.copyOf(words);
      if (words.isEmpty() || new HashSet<>(words).size() != words.size()) {
        throw new IllegalArgumentException("an enum needs words that differ: " + words);
      }
    }
  }

  /**
   * @param max elements
   */
  record ListOf(DataType element, int max) implements DataType {
    public ListOf {
      requireBounds(0, max);
    }
  }

  /**
   * @param key text of some kind, or a number
   * @param max entries
   */
  record MapOf(DataType key, DataType value, int max) implements DataType {
    public MapOf {
      requireBounds(0, max);
      boolean fit =
          switch (key) {
            case Text _, Hex _, Uuid _, Choice _, Int _ -> true;
            case Bool _, Time _, Span _, ListOf _, MapOf _ -> false;
          };
      if (!fit) {
        throw new IllegalArgumentException("a map cannot have keys of type " + key.text());
      }
    }
  }

  /**
   * The value, immutable and within the bounds.
   *
   * @param raw as JSON has it (texts, numbers, lists, maps; times and spans as text), or a value of
   *     this type already
   * @throws IllegalArgumentException with the reason, when it does not fit
   */
  default Object read(Object raw) {
    return DataReading.read(this, raw);
  }

  /** As a document writes it, bounds included: {@code string(1..64)}. */
  default String text() {
    return switch (this) {
      case Text(int min, int max) -> "string(%d..%d)".formatted(min, max);
      case Hex(int length) -> "hex(%d)".formatted(length);
      case Uuid() -> "uuid";
      case Int(long min, long max) -> "int(" + bound(min) + ".." + bound(max) + ")";
      case Bool() -> "bool";
      case Time() -> "time";
      case Span() -> "duration";
      case Choice(List<String> words) -> "enum(" + String.join(", ", words) + ")";
      case ListOf(DataType element, int max) -> "list<%s>(..%d)".formatted(element.text(), max);
      case MapOf(DataType key, DataType value, int max) ->
          "map<%s, %s>(..%d)".formatted(key.text(), value.text(), max);
    };
  }

  private static String bound(long value) {
    return value == Long.MIN_VALUE || value == Long.MAX_VALUE ? "" : Long.toString(value);
  }

  private static void requireBounds(int min, int max) {
    if (min < 0 || min > max || max > BOUND_MAX) {
      throw new IllegalArgumentException(
          "the bounds %d..%d are not within 0..%d".formatted(min, max, BOUND_MAX));
    }
  }
}
