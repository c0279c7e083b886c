// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a small chunk lies.
 *
 * @param offset of its bytes, behind its header
 */
record SegmentPlace(int segment, long offset, int length) {
  byte[] encode() {
    return ByteBuffer.allocate(16).putInt(segment).putLong(offset).putInt(length).array();
  }

  /** Null when it is none that can be. */
  static @Nullable SegmentPlace decode(byte[] bytes) {
    if (bytes.length != 16) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    SegmentPlace place = new SegmentPlace(in.getInt(), in.getLong(), in.getInt());
    return place.segment < 1
            || place.offset < SegmentScan.HEADER_BYTES
            || place.length < 1
            || place.length >= ChunkStore.FILE_BYTES_MIN
        ? null
        : place;
  }

  long end() {
    return offset + length;
  }
}
