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
    int sizeBytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (sizeBytes > SIZE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "An entry key has at most " + SIZE_BYTES_MAX + " bytes, this one has " + sizeBytes);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw new IllegalArgumentException("An entry key must be valid Unicode");
    }
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
