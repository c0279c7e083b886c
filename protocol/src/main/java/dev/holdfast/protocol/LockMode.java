// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a lock is held. Written as {@code exclusive}, {@code shared} or {@code permits:N/MAX}: N of
 * at most MAX permits. All who use one lock by permits must name the same MAX.
 */
public sealed interface LockMode {
  LockMode EXCLUSIVE = new Exclusive();
  LockMode SHARED = new Shared();

  /** One holder, nobody beside it. */
  record Exclusive() implements LockMode {
    @Override
    public String text() {
      return "exclusive";
    }
  }

  /** Any number of shared holders, none of another mode. */
  record Shared() implements LockMode {
    @Override
    public String text() {
      return "shared";
    }
  }

  /**
   * A counting semaphore.
   *
   * @param permits taken by this holder, 1 to {@code max}
   * @param max of all holders together, 1 to {@link #MAX_PERMITS}
   */
  record Permits(int permits, int max) implements LockMode {
    public Permits {
      if (max < 1 || max > MAX_PERMITS) {
        throw new IllegalArgumentException("max must be 1 to " + MAX_PERMITS + ", not " + max);
      }
      if (permits < 1 || permits > max) {
        throw new IllegalArgumentException("permits must be 1 to " + max + ", not " + permits);
      }
    }

    @Override
    public String text() {
      return "permits:" + permits + "/" + max;
    }
  }

  int MAX_PERMITS = 1_000_000;

  /** The text form, which {@link #parse} reads. */
  @JsonValue
  String text();

  static LockMode permits(int permits, int max) {
    return new Permits(permits, max);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException says what would be right
   */
  @JsonCreator
  static LockMode parse(String text) {
    if (text.equals("exclusive")) {
      return EXCLUSIVE;
    }
    if (text.equals("shared")) {
      return SHARED;
    }
    Matcher matcher = PermitsText.PATTERN.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a mode is exclusive, shared or permits:N/MAX (such as permits:2/10), not \""
              + PermitsText.shortened(text)
              + "\"");
    }
    return new Permits(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }
}

/** The text of permits: interfaces cannot keep a constant to themselves. */
final class PermitsText {
  // At most 7 digits: MAX_PERMITS, and never an overflow.
  static final Pattern PATTERN = Pattern.compile("permits:([0-9]{1,7})/([0-9]{1,7})");

  private static final int SHOWN_CHARS = 40;

  private PermitsText() {}

  static String shortened(String text) {
    return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
  }
}
