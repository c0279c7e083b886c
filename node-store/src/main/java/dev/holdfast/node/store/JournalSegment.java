// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.node.store.Layer.Cell;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of the {@link Journal}, written over from the front:
 *
 * <pre>
 *   segment := header record*              big-endian
 *   header  := magic:4 crc32c:4 number:8 first:8            first: the sequence of its first record
 *   record  := magic:4 crc32c:4 length:4 sequence:8 flushed:8 payload
 *   payload := (keyLength:2 place valueLength:4 value)*     valueLength -1: the row is gone
 * </pre>
 *
 * <p>Its bytes exist before they are written, so a flush has no metadata to write. A file that is
 * used again holds old records behind the new ones: their sequences are too low to be taken for
 * new.
 */
final class JournalSegment implements AutoCloseable {
  static final int HEADER_BYTES = 24;
  static final int RECORD_HEADER_BYTES = 28;
  private static final int SEGMENT_MAGIC = 0x48464a31;
  private static final int RECORD_MAGIC = 0x48464a52;
  private static final int GONE = -1;
  private static final int ZEROS_BYTES = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final long number;
  private final long first;
  private final long sizeBytes;

  private JournalSegment(Path file, FileChannel channel, long number, long first)
      throws IOException {
    this.file = file;
    this.channel = channel;
    this.number = number;
    this.first = first;
    this.sizeBytes = channel.size();
  }

  /** A record that is right. */
  record Found(long sequence, long flushed, long end, NavigableMap<byte[], Cell> rows) {}

  /**
   * Makes the bytes of a file exist. Durable when it returns.
   *
   * @throws IOException also when the disk is full; what was made of the file is gone then
   */
  static void allocate(Path file, long sizeBytes) throws IOException {
    try (FileChannel made =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS_BYTES, sizeBytes));
      for (long at = 0; at < sizeBytes; at += zeros.capacity()) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), sizeBytes - at));
        Folders.writeFully(made, zeros);
      }
      made.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Writes the header of a segment into a file that is allocated. Durable when it returns. */
  static JournalSegment begin(Path file, long number, long first) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
      header.putInt(SEGMENT_MAGIC).putInt(0).putLong(number).putLong(first);
      header.putInt(4, checksum(header.array(), 8, HEADER_BYTES));
      writeFully(channel, header.flip(), 0);
      channel.force(false);
      return new JournalSegment(file, channel, number, first);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Null when the header is damaged. */
  static @Nullable JournalSegment open(Path file, long number) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
      int read = channel.read(header, 0);
      header.flip();
      if (read == HEADER_BYTES
          && header.getInt() == SEGMENT_MAGIC
          && header.getInt() == checksum(header.array(), 8, HEADER_BYTES)
          && header.getLong() == number) {
        return new JournalSegment(file, channel, number, header.getLong());
      }
      channel.close();
      return null;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  Path file() {
    return file;
  }

  long number() {
    return number;
  }

  /** The sequence of its first record. */
  long first() {
    return first;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  void write(ByteBuffer record, long at) throws IOException {
    writeFully(channel, record, at);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long from)
      throws IOException {
    long at = from;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  void force() throws IOException {
    channel.force(false);
  }

  byte[] content() throws IOException {
    byte[] bytes = new byte[(int) sizeBytes];
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining() && channel.read(in, in.position()) >= 0) {}
    return bytes;
  }

  static int lengthOf(NavigableMap<byte[], Cell> rows) {
    int length = RECORD_HEADER_BYTES;
    for (Map.Entry<byte[], Cell> row : rows.entrySet()) {
      byte[] value = row.getValue().value();
      length += Short.BYTES + row.getKey().length + Integer.BYTES;
      length += value == null ? 0 : value.length;
    }
    return length;
  }

  /**
   * @param flushed all records up to this sequence were durable before
   */
  static ByteBuffer encode(NavigableMap<byte[], Cell> rows, long sequence, long flushed) {
    ByteBuffer out = ByteBuffer.allocate(lengthOf(rows));
    out.putInt(RECORD_MAGIC).putInt(0).putInt(out.capacity()).putLong(sequence).putLong(flushed);
    rows.forEach((place, cell) -> {
      out.putShort((short) place.length).put(place);
      byte[] value = cell.value();
      if (value == null) {
        out.putInt(GONE);
      } else {
        out.putInt(value.length).put(value);
      }
    });
    out.putInt(4, checksum(out.array(), 8, out.capacity()));
    return out.flip();
  }

  /** The record at this place of the content, or null when what stands there is none. */
  static @Nullable Found decode(byte[] content, long at) {
    if (content.length - at < RECORD_HEADER_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(content).position((int) at);
    int magic = in.getInt();
    int checksum = in.getInt();
    int length = in.getInt();
    if (magic != RECORD_MAGIC
        || length < RECORD_HEADER_BYTES
        || length > content.length - at
        || checksum != checksum(content, (int) at + 8, (int) at + length)) {
      return null;
    }
    long sequence = in.getLong();
    long flushed = in.getLong();
    in.limit((int) at + length);
    NavigableMap<byte[], Cell> rows = new TreeMap<>(Arrays::compareUnsigned);
    try {
      while (in.hasRemaining()) {
        byte[] place = bytes(in, in.getShort());
        int valueLength = in.getInt();
        if (!Table.isPlace(place)) {
          return null;
        }
        rows.put(place, valueLength == GONE ? Cell.GONE : new Cell(bytes(in, valueLength)));
      }
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      return null; // The checksum is right and the form is not: of another program.
    }
    return new Found(sequence, flushed, at + length, rows);
  }

  /** The next record behind a place where there is none, whatever its sequence. */
  static @Nullable Found next(byte[] content, long from) {
    ByteBuffer in = ByteBuffer.wrap(content);
    for (int at = (int) from; at + RECORD_HEADER_BYTES <= content.length; at++) {
      Found found = in.getInt(at) == RECORD_MAGIC ? decode(content, at) : null;
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int checksum(byte[] bytes, int from, int to) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, from, to - from);
    return (int) checksum.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
