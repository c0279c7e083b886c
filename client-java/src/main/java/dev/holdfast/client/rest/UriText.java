// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.nio.charset.StandardCharsets;

/** Percent-encoding as RFC 3986 has it; the JDK's encoder writes forms, with + for a space. */
public final class UriText {
  private static final String HEX = "0123456789ABCDEF";
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  private UriText() {}

  /** For a query value or one segment of a path. */
  public static String component(String text) {
    return encode(text, UNRESERVED);
  }

  /** For a key or name whose slashes are slashes of the path. */
  public static String path(String key) {
    return encode(key, UNRESERVED + "/");
  }

  private static String encode(String text, String kept) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b > 0 && kept.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append('%').append(HEX.charAt((b & 0xff) >> 4)).append(HEX.charAt(b & 15));
      }
    }
    return out.toString();
  }
}
