// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;

/** The value of a map's entry: a format byte, then the bytes as they were given. */
public final class MapValue {
  /** Of one value. Larger ones are objects. */
  public static final int BYTES_MAX = 32 << 10;

  private static final byte FORMAT = 1;

  private MapValue() {}

  public static Bytes encode(byte[] value) {
    byte[] array = new byte[value.length + 1];
    array[0] = FORMAT;
    System.arraycopy(value, 0, array, 1, value.length);
    return Bytes.wrap(array);
  }

  /**
   * @throws UnreadableEntryException on a format it does not know
   */
  public static byte[] decode(Bytes value) {
    ByteBuffer buffer = value.asBuffer();
    if (!buffer.hasRemaining() || buffer.get() != FORMAT) {
      throw new UnreadableEntryException("A map entry is of a format that is not known here");
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** Of the value as it was given. */
  public static int sizeBytes(Bytes encoded) {
    return encoded.length() - 1;
  }
}
