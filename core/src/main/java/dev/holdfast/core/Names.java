// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Which names are allowed. Each method answers with what is wrong, in a sentence for the one who
 * chose the name, or with empty when nothing is. All limits keep {@link Keys} within {@link
 * dev.holdfast.spi.EntryKey#SIZE_BYTES_MAX}, also where each byte is escaped.
 */
public final class Names {
  /** Bytes of UTF-8. */
  public static final int LOCK_BYTES_MAX = 512;

  /** Bytes of UTF-8. */
  public static final int HOLDER_BYTES_MAX = 128;

  /** Bytes of UTF-8. */
  public static final int OBJECT_BYTES_MAX = 1_024;

  /** Bytes of UTF-8. */
  public static final int MAP_BYTES_MAX = 128;

  /** Bytes of UTF-8. */
  public static final int MAP_KEY_BYTES_MAX = 1_024;

  /** Bytes of UTF-8, of a counter, latch or barrier. */
  public static final int PRIMITIVE_BYTES_MAX = 512;

  public static final int SESSION_LENGTH_MAX = 64;
  public static final int NODE_LENGTH_MAX = 64;

  private Names() {}

  public static Optional<String> lockProblem(String name) {
    return textProblem("A lock name", name, LOCK_BYTES_MAX);
  }

  public static Optional<String> holderProblem(String name) {
    return textProblem("A holder id", name, HOLDER_BYTES_MAX);
  }

  public static Optional<String> mapProblem(String name) {
    return textProblem("A map name", name, MAP_BYTES_MAX);
  }

  public static Optional<String> mapKeyProblem(String key) {
    return textProblem("A map key", key, MAP_KEY_BYTES_MAX);
  }

  /** Of a counter, a latch or a barrier. */
  public static Optional<String> primitiveProblem(String name) {
    return textProblem("A name", name, PRIMITIVE_BYTES_MAX);
  }

  public static Optional<String> sessionProblem(String id) {
    return isId(id, SESSION_LENGTH_MAX, true)
        ? Optional.empty()
        : Optional.of(
            "A session id has 1 to " + SESSION_LENGTH_MAX + " characters of A-Z a-z 0-9 _ -");
  }

  public static Optional<String> nodeProblem(String id) {
    return isId(id, NODE_LENGTH_MAX, false)
        ? Optional.empty()
        : Optional.of("A node id has 1 to " + NODE_LENGTH_MAX + " characters of a-z 0-9 -");
  }

  /** Segments that are empty, {@code .} or {@code ..} are refused: a key may become a path. */
  public static Optional<String> objectProblem(String key) {
    Optional<String> problem = textProblem("An object key", key, OBJECT_BYTES_MAX);
    if (problem.isPresent()) {
      return problem;
    }
    for (String segment : key.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return Optional.of("An object key has no segment that is empty, '.' or '..'");
      }
    }
    return Optional.empty();
  }

  /** Returns the name, for constructors. */
  public static String require(String name, Optional<String> problem) {
    if (problem.isPresent()) {
      throw new IllegalArgumentException(problem.get());
    }
    return name;
  }

  private static Optional<String> textProblem(String what, String name, int bytesMax) {
    if (name.isEmpty()) {
      return Optional.of(what + " is not empty");
    }
    // A character has 1 to 3 bytes. Names are checked whenever an entry is decoded: only those near
    // the limit are encoded to be measured, and none of those that are far beyond it.
    int length = name.length();
    int bytes = length > bytesMax || length * 3 <= bytesMax ? length : utf8Length(name);
    if (bytes > bytesMax) {
      return Optional.of(what + " has at most " + bytesMax + " bytes of UTF-8");
    }
    for (int index = 0; index < name.length(); index++) {
      char c = name.charAt(index);
      if (Character.isISOControl(c)) {
        return Optional.of(what + " has no control characters, this has one at position " + index);
      }
      if (Character.isHighSurrogate(c)
          && index + 1 < name.length()
          && Character.isLowSurrogate(name.charAt(index + 1))) {
        index++;
      } else if (Character.isSurrogate(c)) {
        return Optional.of(what + " is valid Unicode, this has half a character at " + index);
      }
    }
    return Optional.empty();
  }

  private static boolean isId(String id, int lengthMax, boolean capitals) {
    for (int index = 0; index < id.length(); index++) {
      char c = id.charAt(index);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || (capitals && ((c >= 'A' && c <= 'Z') || c == '_'));
      if (!allowed) {
        return false;
      }
    }
    return !id.isEmpty() && id.length() <= lengthMax;
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
