// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads {@code string(1..64)?}, {@code list<int(0..9)>(..10)}, {@code enum(a, b) = a}: a type, then
 * {@code ?} or a default. For one text.
 */
final class TypeReader {
  static final List<String> NAMES =
      List.of("string", "hex", "uuid", "int", "bool", "time", "duration", "enum", "list", "map");

  /** Lists in lists. */
  private static final int DEPTH_MAX = 4;

  private final String text;
  private int at;

  private TypeReader(String text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException with what is wrong
   */
  static DataField field(String name, String text) {
    TypeReader reader = new TypeReader(text);
    DataType type = reader.type(1);
    boolean optional = reader.skip('?');
    Optional<Object> initial = Optional.empty();
    if (reader.skip('=')) {
      initial = Optional.of(literal(type, reader.text.substring(reader.at).strip()));
      reader.at = text.length();
    }
    if (reader.at < text.length()) {
      throw new IllegalArgumentException("'%s' is too much".formatted(text.substring(reader.at)));
    }
    return new DataField(name, type, optional, initial);
  }

  private DataType type(int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalArgumentException("types nest deeper than " + DEPTH_MAX);
    }
    String name = word();
    return switch (name) {
      case "string" -> {
        long[] range = range(0, DataType.TEXT_MAX);
        yield new DataType.Text(bound(range[0]), bound(range[1]));
      }
      case "hex" -> new DataType.Hex(bound(length()));
      case "uuid" -> new DataType.Uuid();
      case "int" -> {
        long[] range = range(Long.MIN_VALUE, Long.MAX_VALUE);
        yield new DataType.Int(range[0], range[1]);
      }
      case "bool" -> new DataType.Bool();
      case "time" -> new DataType.Time();
      case "duration" -> new DataType.Span();
      case "enum" -> new DataType.Choice(words());
      case "list" -> {
        need('<');
        DataType element = type(depth + 1);
        need('>');
        yield new DataType.ListOf(element, bound(range(0, DataType.LIST_MAX)[1]));
      }
      case "map" -> {
        need('<');
        DataType key = type(depth + 1);
        need(',');
        DataType value = type(depth + 1);
        need('>');
        yield new DataType.MapOf(key, value, bound(range(0, DataType.MAP_MAX)[1]));
      }
      default ->
          throw new IllegalArgumentException(
              "there is no type '%s'; %s"
                  .formatted(YamlShape.shown(name), YamlShape.didYouMean(name, NAMES)));
    };
  }

  /** {@code (1..9)}, {@code (1..)}, {@code (..9)}, or nothing. */
  private long[] range(long min, long max) {
    if (!skip('(')) {
      return new long[] {min, max};
    }
    long low = peek() == '.' ? min : number();
    need('.');
    need('.');
    long high = peek() == ')' ? max : number();
    need(')');
    return new long[] {low, high};
  }

  private long length() {
    need('(');
    long length = number();
    need(')');
    return length;
  }

  private List<String> words() {
    List<String> words = new ArrayList<>();
    need('(');
    do {
      words.add(word());
    } while (skip(','));
    need(')');
    return words;
  }

  private static int bound(long value) {
    if (value < 0 || value > DataType.BOUND_MAX) {
      throw new IllegalArgumentException(
          "the bound %d is not within 0..%d".formatted(value, DataType.BOUND_MAX));
    }
    return (int) value;
  }

  private long number() {
    peek();
    int start = at;
    while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '-')) {
      at++;
    }
    try {
      return Long.parseLong(text.substring(start, at));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "a number is missing after '%s'".formatted(text.substring(0, start)), e);
    }
  }

  private String word() {
    peek();
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || "_-".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (start == at) {
      throw new IllegalArgumentException(
          "a word is missing after '%s'".formatted(text.substring(0, start)));
    }
    return text.substring(start, at);
  }

  private void need(char wanted) {
    if (!skip(wanted)) {
      throw new IllegalArgumentException(
          "'%s' is missing after '%s'".formatted(wanted, text.substring(0, at)));
    }
  }

  private boolean skip(char wanted) {
    if (peek() != wanted) {
      return false;
    }
    at++;
    peek();
    return true;
  }

  /** The next character that is no space; 0 at the end. */
  private char peek() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private static Object literal(DataType type, String text) {
    Object raw =
        switch (type) {
          case DataType.Int _ -> wholeNumber(text);
          case DataType.Bool _ ->
              text.equals("true") || (text.equals("false") ? false : fail(text));
          case DataType.ListOf _ when text.equals("[]") -> List.of();
          case DataType.MapOf _ when text.equals("{}") -> Map.of();
          case DataType.ListOf _, DataType.MapOf _ -> fail(text);
          case DataType.Text _,
              DataType.Hex _,
              DataType.Uuid _,
              DataType.Time _,
              DataType.Span _,
              DataType.Choice _ ->
              unquoted(text);
        };
    return type.read(raw);
  }

  private static boolean fail(String text) {
    throw new IllegalArgumentException("'%s' is no default of this type".formatted(text));
  }

  private static Object wholeNumber(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'%s' is no whole number".formatted(text), e);
    }
  }

  private static String unquoted(String text) {
    boolean quoted = text.length() >= 2 && text.startsWith("'") && text.endsWith("'");
    return quoted ? text.substring(1, text.length() - 1) : text;
  }
}
