// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Strict percent-decoding (RFC 3986) into UTF-8: what is not well formed is 400, never a guess. */
final class UrlText {
  private UrlText() {}

  /** A plus sign stays a plus sign, as in every path. */
  static String decodePath(String raw) {
    return decode(raw, false);
  }

  /**
   * Parameters by name, in order, each with its values. A plus sign is a space, as forms send it.
   */
  static Map<String, List<String>> query(String raw) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    if (raw.isEmpty()) {
      return parameters;
    }
    for (String pair : raw.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
      parameters.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
    }
    return parameters;
  }

  private static String decode(String raw, boolean plusIsSpace) {
    if (raw.indexOf('%') < 0 && (!plusIsSpace || raw.indexOf('+') < 0)) {
      return raw;
    }
    ByteBuffer bytes = ByteBuffer.allocate(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw badEncoding(raw, "'%' must be followed by two hexadecimal digits");
        }
        bytes.put((byte) ((high << 4) | low));
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        bytes.put((byte) ' ');
      } else if (c < 0x80) {
        bytes.put((byte) c);
      } else {
        throw badEncoding(raw, "characters beyond ASCII must be percent-encoded");
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw badEncoding(raw, "the decoded bytes are not UTF-8");
    }
  }

  private static ProblemException badEncoding(String raw, String why) {
    return new ProblemException(
        400,
        "BAD_ENCODING",
        "'" + raw + "' in the URL is not well encoded: " + why,
        "Percent-encode the UTF-8 bytes of each path segment and query value");
  }
}
