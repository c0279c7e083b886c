// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A row with a checksum over its key and its bytes: {@code mark, CRC-32C, bytes}. What rotted, or
 * stands under another key, is noticed before it is believed.
 */
final class Sealed {
  /** No row that was written without a checksum begins with this byte. */
  private static final byte MARK = (byte) 0xc3;

  private static final int HEADER_BYTES = 1 + Integer.BYTES;

  private Sealed() {}

  static byte[] seal(byte[] key, byte[] bytes) {
    return ByteBuffer.allocate(HEADER_BYTES + bytes.length)
        .put(MARK)
        .putInt(checksum(key, bytes, 0))
        .put(bytes)
        .array();
  }

  static boolean isSealed(byte[] row) {
    return row.length >= HEADER_BYTES && row[0] == MARK;
  }

  /** The bytes; null when the row is damaged. A row of an earlier version is given as it is. */
  static byte @Nullable [] open(byte[] key, byte[] row) {
    if (!isSealed(row)) {
      return row;
    }
    int wanted = ByteBuffer.wrap(row, 1, Integer.BYTES).getInt();
    return wanted == checksum(key, row, HEADER_BYTES)
        ? Arrays.copyOfRange(row, HEADER_BYTES, row.length)
        : null;
  }

  private static int checksum(byte[] key, byte[] bytes, int from) {
    CRC32C checksum = new CRC32C();
    checksum.update(key);
    checksum.update(bytes, from, bytes.length - from);
    return (int) checksum.getValue();
  }
}
