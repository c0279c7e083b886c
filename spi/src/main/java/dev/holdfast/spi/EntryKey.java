// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of an entry: a path such as {@code lock/printers} whose first segment is its kind.
 *
 * @param value not empty, at most {@link #SIZE_BYTES_MAX} bytes of UTF-8, without unpaired
 *     surrogates
 */
public record EntryKey(String value) implements Comparable<EntryKey> {
  public static final int SIZE_BYTES_MAX = 3_072;

  public EntryKey {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("An entry key must not be empty");
    }
    int sizeBytes = utf8Length(value);
    if (sizeBytes > SIZE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "An entry key has at most " + SIZE_BYTES_MAX + " bytes, this one has " + sizeBytes);
    }
  }

  /** Keys are made for every condition and change of every commit: measured without encoding. */
  private static int utf8Length(String value) {
    int length = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < 0x80) {
        length++;
      } else if (c < 0x800) {
        length += 2;
      } else if (!Character.isSurrogate(c)) {
        length += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        length += 4;
        i++;
      } else {
        throw new IllegalArgumentException("An entry key must be valid Unicode");
      }
    }
    return length;
  }

  /** The first segment: {@code lock} for {@code lock/printers}. */
  public String kind() {
    int slash = value.indexOf('/');
    return slash < 0 ? value : value.substring(0, slash);
  }

  public boolean startsWith(String prefix) {
    return value.startsWith(prefix);
  }

  public byte[] utf8() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Orders by UTF-8 bytes, which is not the order of {@link String}. */
  @Override
  public int compareTo(EntryKey other) {
    return Arrays.compareUnsigned(utf8(), other.utf8());
  }

  @Override
  public String toString() {
    return value;
  }
}
