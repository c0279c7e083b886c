// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The value of {@code If-Match} or {@code If-None-Match} (RFC 9110 §8.8.3, §13.1).
 *
 * @param any {@code *}: whatever there is
 * @param tags none when {@code any}
 */
public record EntityTags(boolean any, List<Tag> tags) {
  /**
   * @param opaque without its quotes
   */
  public record Tag(boolean weak, String opaque) {}

  public EntityTags {
    tags = List.copyOf(tags);
  }

  /** For {@code If-Match}: a weak tag is equal to nothing. */
  public Set<String> strong() {
    return tags.stream().filter(tag -> !tag.weak).map(Tag::opaque).collect(Collectors.toSet());
  }

  /** For {@code If-None-Match}, which compares weakly. */
  public Set<String> all() {
    return tags.stream().map(Tag::opaque).collect(Collectors.toSet());
  }

  /**
   * @param header its name, for the message
   * @param value all lines, joined by commas
   * @throws ProblemException 400 when it is neither {@code *} nor a list of tags
   */
  public static EntityTags parse(String header, String value) {
    if (value.strip().equals("*")) {
      return new EntityTags(true, List.of());
    }
    List<Tag> tags = new ArrayList<>();
    int at = 0;
    while (at < value.length()) {
      char c = value.charAt(at);
      if (c == ',' || c == ' ' || c == '\t') {
        at++;
        continue;
      }
      boolean weak = value.startsWith("W/", at);
      int quote = weak ? at + 2 : at;
      int end = quote < value.length() && value.charAt(quote) == '"' ? end(value, quote) : -1;
      if (end < 0 || !isSeparated(value, end + 1)) {
        throw malformed(header, value);
      }
      tags.add(new Tag(weak, value.substring(quote + 1, end)));
      at = end + 1;
    }
    if (tags.isEmpty()) {
      throw malformed(header, value);
    }
    return new EntityTags(false, tags);
  }

  /** The closing quote; -1 when a character before it may not stand in a tag. */
  private static int end(String value, int quote) {
    for (int i = quote + 1; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"') {
        return i;
      }
      if (c <= ' ' || c == 0x7f) {
        return -1;
      }
    }
    return -1;
  }

  private static boolean isSeparated(String value, int at) {
    String rest = value.substring(at).stripLeading();
    return rest.isEmpty() || rest.charAt(0) == ',';
  }

  private static ProblemException malformed(String header, String value) {
    return Problems.badHeader(
        header + " is '" + value + "': it takes * alone, or quoted tags with commas between them");
  }
}
