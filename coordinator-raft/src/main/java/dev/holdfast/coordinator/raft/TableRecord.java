// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The values of the key table as bytes, each with a CRC32C over its key and itself: LMDB has no
 * checksums, and a bit that a disk has flipped must not become an answer.
 *
 * <p>An entry is format, checksum, version, lease, length of the full key, full key when it was
 * hashed, value. Anything else is format, checksum, content. A table of format 1, which had no
 * checksums, is rewritten when it is opened.
 */
final class TableRecord {
  static final int FORMAT = 2;
  static final int FORMAT_UNCHECKED = 1;

  /** Format and checksum. */
  static final int PREFIX_BYTES = 1 + 4;

  private static final int HEADER_BYTES = 8 + 8 + 2;

  /** Where the lease of an entry is. */
  private static final int LEASE_AT = PREFIX_BYTES + 8;

  private TableRecord() {}

  static int sizeBytes(Slot slot, Bytes value) {
    int keyBytes = StoredKey.isHashed(slot.key()) ? slot.key().length() : 0;
    return PREFIX_BYTES + HEADER_BYTES + keyBytes + value.length();
  }

  /** Fills a cleared buffer and flips it. */
  static ByteBuffer entry(ByteBuffer record, Bytes stored, Slot slot, Bytes value) {
    boolean hashed = StoredKey.isHashed(slot.key());
    record.position(PREFIX_BYTES);
    record.putLong(slot.version()).putLong(slot.lease());
    record.putShort((short) (hashed ? slot.key().length() : 0));
    if (hashed) {
      record.put(slot.key().asBuffer());
    }
    record.put(value.asBuffer()).flip();
    return sealed(stored.asBuffer(), record);
  }

  /** Fills a cleared buffer and flips it. */
  static ByteBuffer other(ByteBuffer record, ByteBuffer key, Bytes content) {
    record.position(PREFIX_BYTES);
    record.put(content.asBuffer()).flip();
    return sealed(key, record);
  }

  /**
   * Rewrites what has no checksum: the same content with one. Format 1 had a byte for it or not.
   */
  static ByteBuffer upgraded(ByteBuffer record, ByteBuffer key, ByteBuffer old, boolean hadFormat) {
    if (hadFormat) {
      old.get();
    }
    record.position(PREFIX_BYTES);
    record.put(old).flip();
    return sealed(key, record);
  }

  private static ByteBuffer sealed(ByteBuffer key, ByteBuffer record) {
    record.put(0, (byte) FORMAT);
    record.putInt(1, checksum(key, record));
    return record;
  }

  private static int checksum(ByteBuffer key, ByteBuffer record) {
    CRC32C sum = new CRC32C();
    sum.update(key.duplicate());
    ByteBuffer content = record.duplicate();
    content.position(content.position() + PREFIX_BYTES);
    sum.update(content);
    return (int) sum.getValue();
  }

  /**
   * Checks a record, and moves behind its checksum.
   *
   * @throws CoordinatorFailedException it is not as it was written
   */
  static ByteBuffer checked(Path folder, ByteBuffer key, ByteBuffer record) {
    if (record.remaining() < PREFIX_BYTES
        || record.get(record.position()) != FORMAT
        || record.getInt(record.position() + 1) != checksum(key, record)) {
      throw rotten(folder, Bytes.copyOf(key.duplicate()));
    }
    record.position(record.position() + PREFIX_BYTES);
    return record;
  }

  static CoordinatorFailedException rotten(Path folder, Bytes key) {
    return new CoordinatorFailedException(
        ("The key table in %s is damaged at the key \"%s\": the disk does not give back what was"
                + " written. Stop this node, move its coordinator folder away and start it again: it"
                + " fetches all from the others and keeps its objects. Check the disk")
            .formatted(folder, key.toUtf8()));
  }

  static Slot slot(Path folder, Bytes stored, ByteBuffer record, long deleted) {
    ByteBuffer in = checked(folder, stored.asBuffer(), record);
    long version = in.getLong();
    long lease = in.getLong();
    int keyBytes = in.getShort() & 0xFFFF;
    Bytes key = stored;
    if (keyBytes > 0) {
      key = Bytes.copyOf(in.slice(in.position(), keyBytes));
      in.position(in.position() + keyBytes);
    }
    return new Slot(key, Bytes.copyOf(in), version, lease, deleted);
  }

  static long lease(Path folder, Bytes stored, ByteBuffer record) {
    var _ = checked(folder, stored.asBuffer(), record.duplicate());
    return record.getLong(record.position() + LEASE_AT);
  }
}
