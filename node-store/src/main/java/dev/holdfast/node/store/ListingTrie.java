// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

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

  private final OnDamage onDamage;

  ListingTrie(OnDamage onDamage) {
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

  private Cell cell(Rows rows, byte[] place) {
    byte[] row = rows.get(Table.LISTING, place);
    if (row == null) {
      return Cell.EMPTY;
    }
    Cell cell = Cell.decode(place, row);
    if (cell == null) {
      onDamage.row(place, row, rows.isReadOnly());
      return Cell.EMPTY;
    }
    return cell;
  }

  static boolean isDamaged(byte[] place, byte[] row) {
    return Cell.decode(place, row) == null;
  }

  byte @Nullable [] get(Rows rows, byte[] key) {
    long node = ROOT;
    int at = 0;
    for (; key.length - at > SEGMENT_BYTES; at += SEGMENT_BYTES) {
      node = cell(rows, place(node, key, at, at + SEGMENT_BYTES)).child;
      if (node == ROOT) {
        return null;
      }
    }
    return cell(rows, place(node, key, at, key.length)).leaf;
  }

  void put(Change change, byte[] key, byte[] value) {
    long node = ROOT;
    int at = 0;
    for (; key.length - at > SEGMENT_BYTES; at += SEGMENT_BYTES) {
      byte[] place = place(node, key, at, at + SEGMENT_BYTES);
      Cell cell = cell(change, place);
      if (cell.child == ROOT) {
        cell = new Cell(newNode(change), cell.leaf);
        change.put(Table.LISTING, place, cell.encode(place));
      }
      node = cell.child;
    }
    byte[] place = place(node, key, at, key.length);
    change.put(Table.LISTING, place, new Cell(cell(change, place).child, value).encode(place));
  }

  void remove(Change change, byte[] key) {
    long node = ROOT;
    int at = 0;
    for (; key.length - at > SEGMENT_BYTES; at += SEGMENT_BYTES) {
      node = cell(change, place(node, key, at, at + SEGMENT_BYTES)).child;
      if (node == ROOT) {
        return;
      }
    }
    byte[] place = place(node, key, at, key.length);
    Cell cell = cell(change, place);
    if (cell.child == ROOT) {
      change.delete(Table.LISTING, place);
    } else {
      change.put(Table.LISTING, place, new Cell(cell.child, null).encode(place));
    }
  }

  /** All keys at or after {@code from}, in the order of their bytes. */
  void walk(Rows rows, byte[] from, Rows.Visitor visitor) {
    walk(rows, ROOT, new byte[0], from, visitor);
  }

  private boolean walk(Rows rows, long node, byte[] before, byte[] from, Rows.Visitor visitor) {
    byte[] nodeBytes = nodeBytes(node);
    boolean within = from.length > SEGMENT_BYTES;
    byte[] start = place(node, from, 0, within ? SEGMENT_BYTES : from.length);
    AtomicBoolean goesOn = new AtomicBoolean(true);
    rows.forEach(
        Table.LISTING,
        start,
        (place, row) -> {
          if (!Lmdb.startsWith(place, nodeBytes)) {
            return false;
          }
          // The way down to a longer start: what ends here comes before it.
          boolean onTheWay = within && Arrays.equals(place, start);
          byte[] rest =
              onTheWay ? Arrays.copyOfRange(from, SEGMENT_BYTES, from.length) : new byte[0];
          goesOn.set(visit(rows, place, row, before, onTheWay, rest, visitor));
          return goesOn.get();
        });
    return goesOn.get();
  }

  private boolean visit(
      Rows rows,
      byte[] place,
      byte[] row,
      byte[] before,
      boolean onTheWay,
      byte[] rest,
      Rows.Visitor visitor) {
    Cell cell = Cell.decode(place, row);
    if (cell == null) {
      onDamage.row(place, row, true);
      cell = Cell.EMPTY;
    }
    byte[] key = Lmdb.concat(before, Arrays.copyOfRange(place, Long.BYTES, place.length));
    if (!onTheWay && cell.leaf != null && !visitor.visit(key, cell.leaf)) {
      return false;
    }
    return cell.child == ROOT || walk(rows, cell.child, key, rest, visitor);
  }

  private long newNode(Change change) {
    byte[] last = change.get(Table.META, NEXT_NODE);
    long node = last == null ? ROOT + 1 : ByteBuffer.wrap(last).getLong();
    change.put(Table.META, NEXT_NODE, nodeBytes(node + 1));
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
