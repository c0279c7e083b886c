package dev.holdfast.node.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * Keys of any length in the order of their bytes, in a table whose keys are short. A key is cut
 * into segments of 400 bytes; each node of the trie is a run of table keys {@code node id ‖
 * segment}. Only a full segment has children, and all of them continue it, so a walk in the order
 * of the table is a walk in the order of the keys.
 */
final class ListingTrie {
  static final int SEGMENT_BYTES = 400;
  private static final byte[] NEXT_NODE = {'t', 'r', 'i', 'e'};
  private static final int HAS_CHILD = 1;
  private static final int HAS_LEAF = 2;
  private static final long ROOT = 0;

  private final Dbi<byte[]> table;
  private final Dbi<byte[]> meta;
  private final OnDamage onDamage;

  ListingTrie(Dbi<byte[]> table, Dbi<byte[]> meta, OnDamage onDamage) {
    this.table = table;
    this.meta = meta;
    this.onDamage = onDamage;
  }

  /** Learns of a damaged row; its keys are missing until they are put again. */
  @FunctionalInterface
  interface OnDamage {
    /**
     * @param isReadOnly whether it was met in a read, which cannot remove it
     */
    void row(byte[] place, byte[] row, boolean isReadOnly);
  }

  /** Sees a key and its value; false ends the walk. */
  interface Visitor {
    boolean visit(byte[] key, byte[] value);
  }

  /** A value of the table: where longer keys go on, and what the key that ends here holds. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Cell(long child, byte @Nullable [] leaf) {
    static final Cell EMPTY = new Cell(ROOT, null);

    /** Null when the row is damaged. */
    static @Nullable Cell decode(byte[] place, byte[] row) {
      byte[] bytes = Sealed.open(place, row);
      if (bytes == null || bytes.length == 0) {
        return null;
      }
      ByteBuffer in = ByteBuffer.wrap(bytes);
      int flags = in.get();
      if ((flags & ~(HAS_CHILD | HAS_LEAF)) != 0
          || ((flags & HAS_CHILD) != 0 && in.remaining() < Long.BYTES)) {
        return null;
      }
      long child = (flags & HAS_CHILD) != 0 ? in.getLong() : ROOT;
      return new Cell(
          child,
          (flags & HAS_LEAF) != 0 ? Arrays.copyOfRange(bytes, in.position(), bytes.length) : null);
    }

    byte[] encode(byte[] place) {
      byte[] value = leaf == null ? new byte[0] : leaf;
      int flags = (child != ROOT ? HAS_CHILD : 0) | (leaf != null ? HAS_LEAF : 0);
      ByteBuffer out = ByteBuffer.allocate(1 + (child != ROOT ? 8 : 0) + value.length);
      out.put((byte) flags);
      if (child != ROOT) {
        out.putLong(child);
      }
      return Sealed.seal(place, out.put(value).array());
    }
  }

  private Cell cell(Txn<byte[]> txn, byte[] place) {
    byte[] row = table.get(txn, place);
    if (row == null) {
      return Cell.EMPTY;
    }
    Cell cell = Cell.decode(place, row);
    if (cell == null) {
      onDamage.row(place, row, txn.isReadOnly());
      return Cell.EMPTY;
    }
    return cell;
  }

  static boolean isDamaged(byte[] place, byte[] row) {
    return Cell.decode(place, row) == null;
  }

  byte @Nullable [] get(Txn<byte[]> txn, byte[] key) {
    long node = ROOT;
    int at = 0;
    for (; key.length - at > SEGMENT_BYTES; at += SEGMENT_BYTES) {
      node = cell(txn, place(node, key, at, at + SEGMENT_BYTES)).child;
      if (node == ROOT) {
        return null;
      }
    }
    return cell(txn, place(node, key, at, key.length)).leaf;
  }

  void put(Txn<byte[]> txn, byte[] key, byte[] value) {
    long node = ROOT;
    int at = 0;
    for (; key.length - at > SEGMENT_BYTES; at += SEGMENT_BYTES) {
      byte[] place = place(node, key, at, at + SEGMENT_BYTES);
      Cell cell = cell(txn, place);
      if (cell.child == ROOT) {
        cell = new Cell(newNode(txn), cell.leaf);
        table.put(txn, place, cell.encode(place));
      }
      node = cell.child;
    }
    byte[] place = place(node, key, at, key.length);
    table.put(txn, place, new Cell(cell(txn, place).child, value).encode(place));
  }

  /** All keys at or after {@code from}, in the order of their bytes. */
  void walk(Txn<byte[]> txn, byte[] from, Visitor visitor) {
    walk(txn, ROOT, new byte[0], from, visitor);
  }

  private boolean walk(Txn<byte[]> txn, long node, byte[] before, byte[] from, Visitor visitor) {
    byte[] nodeBytes = nodeBytes(node);
    boolean within = from.length > SEGMENT_BYTES;
    byte[] start = place(node, from, 0, within ? SEGMENT_BYTES : from.length);
    try (Cursor<byte[]> cursor = table.openCursor(txn)) {
      boolean found = cursor.get(start, GetOp.MDB_SET_RANGE);
      while (found) {
        byte[] place = cursor.key();
        if (!Lmdb.startsWith(place, nodeBytes)) {
          return true;
        }
        byte[] row = cursor.val();
        Cell cell = Cell.decode(place, row);
        if (cell == null) {
          onDamage.row(place, row, true);
          cell = Cell.EMPTY;
        }
        byte[] key = Lmdb.concat(before, Arrays.copyOfRange(place, Long.BYTES, place.length));
        // The way down to a longer start: what ends here comes before it.
        boolean onTheWay = within && Arrays.equals(place, start);
        if (!onTheWay && cell.leaf != null && !visitor.visit(key, cell.leaf)) {
          return false;
        }
        byte[] rest = onTheWay ? Arrays.copyOfRange(from, SEGMENT_BYTES, from.length) : new byte[0];
        if (cell.child != ROOT && !walk(txn, cell.child, key, rest, visitor)) {
          return false;
        }
        found = cursor.next();
      }
      return true;
    }
  }

  private long newNode(Txn<byte[]> txn) {
    byte[] last = meta.get(txn, NEXT_NODE);
    long node = last == null ? ROOT + 1 : ByteBuffer.wrap(last).getLong();
    meta.put(txn, NEXT_NODE, nodeBytes(node + 1));
    return node;
  }

  private static byte[] place(long node, byte[] key, int from, int to) {
    return ByteBuffer.allocate(Long.BYTES + to - from)
        .putLong(node)
        .put(key, from, to - from)
        .array();
  }

  private static byte[] nodeBytes(long node) {
    return ByteBuffer.allocate(Long.BYTES).putLong(node).array();
  }
}
