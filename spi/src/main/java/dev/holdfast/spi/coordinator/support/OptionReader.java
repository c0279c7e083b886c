// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import dev.holdfast.spi.NearestWord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the options of a backend. Collects every error, so that an operator corrects the file once:
 * what is wrong reads as its default until {@link #finish}, which tells all. For one thread.
 */
public final class OptionReader {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(B|KiB|MiB|GiB)");

  private final Map<String, String> rest;
  private final List<String> known = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  /**
   * @param given as in {@link dev.holdfast.spi.coordinator.CoordinatorFactory.Settings#options}
   */
  public OptionReader(Map<String, String> given) {
    this.rest = new LinkedHashMap<>(given);
  }

  /**
   * @param standard when it is not given; an empty one that does not match makes the option needed
   * @param wanted says what matches, as in <i>port is "x", not a number</i>
   */
  public String text(String key, String standard, Pattern pattern, String wanted) {
    known.add(key);
    String given = rest.remove(key);
    String text = given == null ? standard : given.strip();
    if (pattern.matcher(text).matches()) {
      return text;
    }
    errors.add(
        text.isEmpty()
            ? key + " is needed: " + wanted
            : key + " is \"" + text + "\", not " + wanted);
    return standard;
  }

  /** Written {@code 300ms}, {@code 3s} or {@code 2m}. */
  public Duration duration(String key, String standard) {
    Matcher matcher = match(key, standard, DURATION, "a duration such as 300ms, 3s or 2m");
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      default -> Duration.ofMinutes(amount);
    };
  }

  /** In bytes; written {@code 64KiB}, {@code 8MiB}, {@code 1GiB}, or {@code 512B}. */
  public long sizeBytes(String key, String standard) {
    Matcher matcher = match(key, standard, SIZE, "a size such as 64KiB or 8MiB");
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "B" -> amount;
      case "KiB" -> amount << 10;
      case "MiB" -> amount << 20;
      default -> amount << 30;
    };
  }

  public long number(String key, long standard) {
    known.add(key);
    String text = rest.remove(key);
    if (text == null) {
      return standard;
    }
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException _) {
      errors.add(key + " is \"" + text + "\", not a number");
      return standard;
    }
  }

  /** Two names of one option: the one that was given. */
  public String oneOf(String key, String alias) {
    known.add(alias);
    if (!rest.containsKey(alias)) {
      return key;
    }
    check(!rest.containsKey(key), alias + " and " + key + " are the same; give one of them");
    return alias;
  }

  private Matcher match(String key, String standard, Pattern pattern, String wanted) {
    Matcher matcher = pattern.matcher(text(key, standard, pattern, wanted));
    if (!matcher.matches()) {
      throw new IllegalStateException(standard + " is the default of " + key);
    }
    return matcher;
  }

  public void check(boolean holds, String error) {
    if (!holds) {
      errors.add(error);
    }
  }

  /**
   * Call it last: an option that nothing has asked for is unknown.
   *
   * @param whose begins the message, such as the name of the backend
   * @throws IllegalArgumentException when anything is wrong, with all of it
   */
  public void finish(String whose) {
    for (String unknown : rest.keySet()) {
      errors.add(
          "there is no option "
              + unknown
              + NearestWord.to(unknown, known)
                  .map(near -> " (did you mean " + near + "?)")
                  .orElse(" (known are " + String.join(", ", known) + ")"));
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(whose + ": " + String.join("; ", errors));
    }
  }
}
