// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a segment holds from a place on.
 *
 * @param found chunks whose hash is right
 * @param gaps damage that a right chunk follows
 * @param end behind the last right chunk; what follows is a torn tail
 */
record SegmentScan(List<Found> found, List<Gap> gaps, long end) {
  static final int MAGIC = 0x48464331;
  static final int HEADER_BYTES = 8 + Sha256.LENGTH_BYTES;
  private static final int WINDOW_BYTES = 1 << 20;

  /**
   * @param offset of its bytes, behind the header
   */
  record Found(Bytes hash, long offset, int length) {
    long end() {
      return offset + length;
    }
  }

  record Gap(long begin, long end) {}

  static SegmentScan of(FileChannel file, long from) throws IOException {
    List<Found> found = new ArrayList<>();
    List<Gap> gaps = new ArrayList<>();
    long size = file.size();
    long at = from;
    while (at < size) {
      Found one = check(file, at, size);
      if (one == null) {
        one = next(file, at + 1, size);
        if (one == null) {
          break;
        }
        gaps.add(new Gap(at, one.offset() - HEADER_BYTES));
      }
      found.add(one);
      at = one.end();
    }
    return new SegmentScan(found, gaps, at);
  }

  /** The next right chunk, by looking for the beginning of one. */
  private static @Nullable Found next(FileChannel file, long from, long size) throws IOException {
    for (long at = from; size - at > HEADER_BYTES; at += WINDOW_BYTES) {
      // Windows overlap, so that a beginning on their border is seen.
      ByteBuffer window = read(file, at, (int) Math.min(WINDOW_BYTES + 3, size - at));
      for (int i = 0; i + Integer.BYTES <= window.limit(); i++) {
        Found one = window.getInt(i) == MAGIC ? check(file, at + i, size) : null;
        if (one != null) {
          return one;
        }
      }
    }
    return null;
  }

  /** The chunk at this offset, or null when what stands there is none. */
  private static @Nullable Found check(FileChannel file, long at, long size) throws IOException {
    if (size - at < HEADER_BYTES) {
      return null;
    }
    ByteBuffer header = read(file, at, HEADER_BYTES);
    int magic = header.getInt();
    int length = header.getInt();
    byte[] hash = new byte[Sha256.LENGTH_BYTES];
    header.get(hash);
    if (magic != MAGIC
        || length < 1
        || length >= ChunkStore.FILE_BYTES_MIN
        || size - at - HEADER_BYTES < length) {
      return null;
    }
    byte[] bytes = read(file, at + HEADER_BYTES, length).array();
    return Sha256.of(bytes).equals(Bytes.wrap(hash))
        ? new Found(Bytes.wrap(hash), at + HEADER_BYTES, length)
        : null;
  }

  static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, at + bytes.position()) < 0) {
        throw new IOException("A segment ends at " + (at + bytes.position()));
      }
    }
    return bytes.flip();
  }
}
