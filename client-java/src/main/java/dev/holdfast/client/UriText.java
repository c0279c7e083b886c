package dev.holdfast.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Percent-encoding as RFC 3986 has it; the JDK's encoder writes forms, with + for a space. */
final class UriText {
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  private UriText() {}

  static String component(String text) {
    return encode(text, UNRESERVED);
  }

  /** A key as path segments: its slashes stay. */
  static String path(String key) {
    return encode(key, UNRESERVED + "/");
  }

  static URI resolve(URI node, String pathAndQuery) {
    String base = node.toString();
    return URI.create(
        (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + pathAndQuery);
  }

  private static String encode(String text, String kept) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b > 0 && kept.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append(String.format("%%%02X", b));
      }
    }
    return out.toString();
  }
}
