// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code MAJOR.MINOR.PATCH}, with an optional pre-release that sorts before the release.
 * Pre-releases sort among themselves as text: nothing here depends on their order. Source:
 * semver.org 2.0.0.
 */
record SemanticVersion(int major, int minor, int patch, String preRelease)
    implements Comparable<SemanticVersion> {
  private static final Pattern FORM =
      Pattern.compile(
          "(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})"
              + "(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?");

  /**
   * @throws IllegalArgumentException with a sentence that says what is expected
   */
  static SemanticVersion parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a semantic version; write MAJOR.MINOR.PATCH, e.g. 1.4.0");
    }
    String preRelease = matcher.group(4);
    return new SemanticVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)),
        preRelease == null ? "" : preRelease);
  }

  @Override
  public int compareTo(SemanticVersion other) {
    int byNumbers = Integer.compare(major, other.major);
    byNumbers = byNumbers != 0 ? byNumbers : Integer.compare(minor, other.minor);
    byNumbers = byNumbers != 0 ? byNumbers : Integer.compare(patch, other.patch);
    if (byNumbers != 0 || preRelease.isEmpty() || other.preRelease.isEmpty()) {
      return byNumbers != 0
          ? byNumbers
          : Boolean.compare(preRelease.isEmpty(), other.preRelease.isEmpty());
    }
    return preRelease.compareTo(other.preRelease);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch + (preRelease.isEmpty() ? "" : "-" + preRelease);
  }
}
