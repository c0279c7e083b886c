// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * Writes a new file and leaves out its blocks of zeros, as {@code cp --sparse=always} does: what
 * was a file with holes needs no more space than before.
 */
final class SparseFile extends OutputStream {
  /** Of most file systems. A hole that is smaller saves nothing. */
  private static final int BLOCK = 4096;

  private static final int BLOCKS = 32;
  private static final byte[] ZEROS = new byte[BLOCK];

  private final FileChannel file;
  private final byte[] buffer = new byte[BLOCK * BLOCKS];
  private int filled;
  private long written;

  SparseFile(FileChannel empty) {
    this.file = empty;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      int part = Math.min(left, buffer.length - filled);
      System.arraycopy(bytes, at, buffer, filled, part);
      filled += part;
      at += part;
      left -= part;
      if (filled == buffer.length) {
        writeBuffer();
      }
    }
  }

  /** The buffer begins at a multiple of the block size. */
  private void writeBuffer() throws IOException {
    int from = 0;
    for (int block = 0; block < filled; block += BLOCK) {
      int end = Math.min(block + BLOCK, filled);
      if (Arrays.equals(buffer, block, end, ZEROS, 0, end - block)) {
        writeRange(from, block);
        from = end;
      }
    }
    writeRange(from, filled);
    written += filled;
    filled = 0;
  }

  private void writeRange(int from, int to) throws IOException {
    ByteBuffer range = ByteBuffer.wrap(buffer, from, to - from);
    long position = written + from;
    while (range.hasRemaining()) {
      position += file.write(range, position);
    }
  }

  /** A hole at the end has no byte that would give the file its length. */
  @Override
  public void close() throws IOException {
    try (FileChannel whole = file) {
      writeBuffer();
      if (whole.size() < written) {
        whole.write(ByteBuffer.allocate(1), written - 1);
      }
    }
  }
}
