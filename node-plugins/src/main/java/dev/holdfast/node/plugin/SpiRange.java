// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The SPI versions that a plugin runs on: comparisons that all must hold, {@code >=1.0 <2}. Left
 * out parts of a version are zero, so {@code <2} is {@code <2.0.0}. A range must have a lower bound
 * that is included, since a plugin needs what it was built against.
 */
record SpiRange(List<Bound> bounds) {
  private static final Pattern BOUND =
      Pattern.compile("(>=|<=|<|=)(\\d{1,9})(?:\\.(\\d{1,9}))?(?:\\.(\\d{1,9}))?");

  enum Operator {
    AT_LEAST(">="),
    AT_MOST("<="),
    BELOW("<"),
    EXACTLY("=");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    static Operator of(String text) {
      for (Operator operator : values()) {
        if (operator.text.equals(text)) {
          return operator;
        }
      }
      throw new IllegalArgumentException(text);
    }
  }

  record Bound(Operator operator, SemanticVersion version) {
    boolean admits(SemanticVersion candidate) {
      int order = candidate.compareTo(version);
      return switch (operator) {
        case AT_LEAST -> order >= 0;
        case AT_MOST -> order <= 0;
        case BELOW -> order < 0;
        case EXACTLY -> order == 0;
      };
    }
  }

  SpiRange {
    bounds = List.copyOf(bounds);
  }

  /**
   * @throws IllegalArgumentException with a sentence that says what is expected
   */
  static SpiRange parse(String text) {
    List<Bound> bounds = new ArrayList<>();
    for (String part : text.strip().split("\\s+")) {
      Matcher matcher = BOUND.matcher(part);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "'" + text + "' is not a range of SPI versions; write e.g. \">=1.0 <2\"");
      }
      SemanticVersion version =
          new SemanticVersion(part(matcher, 2), part(matcher, 3), part(matcher, 4), "");
      bounds.add(new Bound(Operator.of(matcher.group(1)), version));
    }
    SpiRange range = new SpiRange(bounds);
    SemanticVersion lowest =
        bounds.stream()
            .filter(b -> b.operator == Operator.AT_LEAST || b.operator == Operator.EXACTLY)
            .map(Bound::version)
            .max(SemanticVersion::compareTo)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "'" + text + "' has no lower bound; write e.g. \">=1.0 <2\""));
    if (!range.admits(lowest)) {
      throw new IllegalArgumentException("No version fits '" + text + "'");
    }
    return range;
  }

  boolean admits(SemanticVersion version) {
    return bounds.stream().allMatch(bound -> bound.admits(version));
  }

  @Override
  public String toString() {
    return bounds.stream()
        .map(bound -> bound.operator.text + bound.version)
        .collect(Collectors.joining(" "));
  }

  private static int part(Matcher matcher, int group) {
    return Optional.ofNullable(matcher.group(group)).map(Integer::parseInt).orElse(0);
  }
}
