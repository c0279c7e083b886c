// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * {@code Content-Encoding} of an object (RFC 9110 §8.4): the bytes are stored as they came, and the
 * header is given back with them. It is part of the version, beside the metadata of the user.
 */
final class ContentCoding {
  /** No name of the user has a colon. */
  private static final String NAME = ":content-encoding";

  private static final int CODINGS_MAX = 8;
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");

  private ContentCoding() {}

  /**
   * @param header all lines, joined by commas
   * @return in lower case, without {@code identity}, which is none
   * @throws IllegalArgumentException on other text
   */
  static Optional<String> parse(Optional<String> header) {
    List<String> codings = new ArrayList<>();
    for (String element : header.orElse("").split(",", -1)) {
      String coding = element.strip().toLowerCase(Locale.ROOT);
      if (coding.isEmpty() || coding.equals("identity")) {
        continue;
      }
      if (!TOKEN.matcher(coding).matches() || codings.size() >= CODINGS_MAX) {
        throw new IllegalArgumentException(
            "Content-Encoding is '%s': it takes at most %d names with commas between them."
                .formatted(header.orElse(""), CODINGS_MAX));
      }
      codings.add(coding);
    }
    return codings.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", codings));
  }

  static void add(SortedMap<String, String> metadata, Optional<String> coding) {
    coding.ifPresent(value -> metadata.put(NAME, value));
  }

  static Optional<String> of(Map<String, String> metadata) {
    return Optional.ofNullable(metadata.get(NAME));
  }

  /** What the user said, and nothing else. */
  static SortedMap<String, String> without(Map<String, String> metadata) {
    SortedMap<String, String> rest = new TreeMap<>(metadata);
    rest.remove(NAME);
    return rest;
  }
}
