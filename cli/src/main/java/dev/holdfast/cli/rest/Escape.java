package dev.holdfast.cli.rest;

import java.nio.charset.StandardCharsets;

/** Percent-encoding of paths and queries (RFC 3986): all but the unreserved characters. */
public final class Escape {
  private static final String HEX = "0123456789ABCDEF";

  private Escape() {}

  /** For a query value or one segment. */
  public static String component(String text) {
    return escape(text, /* keepSlashes= */ false);
  }

  /** For a key or name whose slashes are slashes of the path. */
  public static String path(String text) {
    return escape(text, /* keepSlashes= */ true);
  }

  private static String escape(String text, boolean keepSlashes) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (isUnreserved(c) || (keepSlashes && c == '/')) {
        escaped.append(c);
      } else {
        escaped.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      }
    }
    return escaped.toString();
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "-._~".indexOf(c) >= 0;
  }
}
