// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.spi.EntryKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of an object: any Unicode text, a path by convention.
 *
 * @param value 1 to {@link #SIZE_BYTES_MAX} bytes of UTF-8 without unpaired surrogates; no segment
 *     between slashes is empty, {@code .} or {@code ..}, since programs on the way would rewrite it
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
  public static final int SIZE_BYTES_MAX = 1_024;
  public static final String ENTRY_PREFIX = "object/";

  /**
   * @throws IllegalArgumentException with a sentence for the user
   */
  public ObjectKey {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("A key must not be empty.");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw new IllegalArgumentException("A key must be valid Unicode.");
    }
    int sizeBytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (sizeBytes > SIZE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "A key has at most "
              + SIZE_BYTES_MAX
              + " bytes of UTF-8, this one has "
              + sizeBytes
              + ".");
    }
    for (String segment : value.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new IllegalArgumentException(
            "A segment between slashes must not be empty, '.' or '..'.");
      }
    }
  }

  /** The entry of the coordinator that names the head. */
  public EntryKey entry() {
    return new EntryKey(ENTRY_PREFIX + value);
  }

  public byte[] utf8() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Orders by UTF-8 bytes, which is not the order of {@link String}. */
  @Override
  public int compareTo(ObjectKey other) {
    return Arrays.compareUnsigned(utf8(), other.utf8());
  }

  @Override
  public String toString() {
    return value;
  }
}
