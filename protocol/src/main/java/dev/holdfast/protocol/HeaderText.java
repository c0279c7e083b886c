// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Text as the value of a header. Printable ASCII stands for itself. Whatever else is text is
 * written as the extended value of RFC 8187, {@code UTF-8''Gr%C3%B6%C3%9Fe}; so is what would be
 * mistaken for one, and what begins or ends with a space, which a header loses.
 */
public final class HeaderText {
  private static final String EXTENDED = "UTF-8''";
  private static final String HEX = "0123456789ABCDEF";
  private static final String KEPT =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~";

  private HeaderText() {}

  /** Writes a value; {@link #decode} reads it back. */
  public static String encode(String text) {
    if (standsForItself(text)) {
      return text;
    }
    StringBuilder out = new StringBuilder(EXTENDED);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b > 0 && KEPT.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append('%').append(HEX.charAt((b & 0xff) >> 4)).append(HEX.charAt(b & 15));
      }
    }
    return out.toString();
  }

  private static boolean standsForItself(String text) {
    return text.chars().allMatch(c -> c >= 0x20 && c <= 0x7e)
        && !isExtended(text)
        && text.equals(text.strip());
  }

  private static boolean isExtended(String text) {
    return text.toUpperCase(Locale.ROOT).startsWith(EXTENDED);
  }

  /**
   * Reads a value. Bytes of UTF-8 that were sent as they are, as {@code curl} does, are taken, too.
   *
   * @param header one character for each byte, as HTTP libraries give it, or with real characters
   * @throws IllegalArgumentException when it is no UTF-8, or an escape is broken
   */
  public static String decode(String header) {
    if (isExtended(header)) {
      return unescaped(header.substring(EXTENDED.length()));
    }
    boolean bytes = header.chars().allMatch(c -> c <= 0xff);
    boolean ascii = header.chars().allMatch(c -> c < 0x80);
    return ascii || !bytes ? header : utf8(header.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String unescaped(String text) {
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '%') {
        if (c < 0x20 || c > 0x7e) {
          throw new IllegalArgumentException(
              "an extended value is ASCII with percent-encoded bytes");
        }
        bytes.put((byte) c);
        continue;
      }
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("two hex digits stand behind a percent sign");
      }
      bytes.put((byte) (high << 4 | low));
      i += 2;
    }
    byte[] all = new byte[bytes.position()];
    bytes.flip().get(all);
    return utf8(all);
  }

  private static String utf8(byte[] bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return text.toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a value is UTF-8", e);
    }
  }
}
