// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Which start of this store the cluster has counted, and up to where the store knew what the
 * cluster knows. Both tell an old disk from the present one. Thread-safe.
 *
 * <p>Each start has counters of its own: the number of the start is in their upper half. A disk
 * that was restored begins with a number that nobody had, so it cannot use a dot twice, whatever it
 * has forgotten.
 */
public final class Starts {
  private static final int COUNTER_BITS = 32;
  private static final long START_MAX = Long.MAX_VALUE >>> COUNTER_BITS;
  private static final byte[] START = "start".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TOUCHED = "touched".getBytes(StandardCharsets.UTF_8);

  private final RowStore rows;
  private final GroupCommit writer;
  private volatile long current;

  Starts(RowStore rows, GroupCommit writer) {
    this.rows = rows;
    this.writer = writer;
  }

  /** The number of this start, 0 while the cluster has not counted it. */
  public long current() {
    return current;
  }

  /** The last number that this disk knows of, of this start or an earlier one; 0 for none. */
  public long last() {
    return rows.read(now -> number(now, START));
  }

  /** The cluster has counted this start. Durable when it returns. */
  public void counted(long number) {
    if (number < 1 || number > START_MAX) {
      throw new IllegalArgumentException("No number of a start: " + number);
    }
    writer.write(change -> put(change, START, number));
    current = number;
  }

  long firstCounter() {
    return current << COUNTER_BITS;
  }

  /**
   * Up to this revision the store has told the cluster all that it had, and learnt what became of
   * it; 0 when it never did.
   */
  public long touchedRevision() {
    return rows.read(now -> number(now, TOUCHED));
  }

  /** A crash may take this back: then the store counts as older than it is. */
  public void touched(long revision) {
    if (revision > touchedRevision()) {
      writer.writeUnflushed(change -> put(change, TOUCHED, revision));
    }
  }

  /** A row that rotted counts as the oldest. */
  private static long number(Rows rows, byte[] name) {
    byte[] row = rows.get(Table.META, name);
    byte[] bytes = row == null ? null : Sealed.open(name, row);
    return bytes == null || bytes.length != Long.BYTES ? 0 : ByteBuffer.wrap(bytes).getLong();
  }

  private static boolean put(Change change, byte[] name, long number) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    change.put(Table.META, name, Sealed.seal(name, bytes));
    return true;
  }
}
