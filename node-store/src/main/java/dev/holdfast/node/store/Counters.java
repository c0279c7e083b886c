// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Persisted numbers that only rise, each by its name. They start at 1. */
final class Counters {
  /** Of the writes that this node accepted. */
  static final byte[] DOTS = utf8("dots");

  /** Of stagings: a later one has a greater stamp. */
  static final byte[] STAMPS = utf8("stamps");

  /** Of places in the queue. */
  static final byte[] QUEUE = utf8("queue");

  private Counters() {}

  /**
   * Takes so many numbers; returns the first.
   *
   * @throws StoreFailedException when the counter rotted: a number must not be given twice
   */
  static long advance(Change change, byte[] name, long by) {
    long first = next(change, name);
    change.put(
        Table.META,
        name,
        Sealed.seal(name, ByteBuffer.allocate(Long.BYTES).putLong(first + by).array()));
    return first;
  }

  /** Which number comes next. */
  static long next(Rows rows, byte[] name) {
    byte[] row = rows.get(Table.META, name);
    if (row == null) {
      return 1;
    }
    byte[] number = Sealed.open(name, row);
    if (number == null || number.length != Long.BYTES) {
      throw new StoreFailedException(
          "The counter '"
              + new String(name, StandardCharsets.UTF_8)
              + "' of this store is damaged, and its numbers must not be given twice. Move the"
              + " folder 'objects' of this node away: it fetches its copies from the other nodes.",
          null);
    }
    return ByteBuffer.wrap(number).getLong();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
