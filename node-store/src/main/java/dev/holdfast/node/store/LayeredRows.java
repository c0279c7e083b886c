// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.node.store.Layer.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/** Layers over LMDB; the newest one that knows a row is right. */
final class LayeredRows implements Rows {
  private final List<NavigableMap<byte[], Cell>> newestFirst;
  private final Lmdb lmdb;
  private final Txn<byte[]> txn;
  private final TableSizes sizes;

  LayeredRows(
      List<NavigableMap<byte[], Cell>> newestFirst, Lmdb lmdb, Txn<byte[]> txn, TableSizes sizes) {
    this.newestFirst = newestFirst;
    this.lmdb = lmdb;
    this.txn = txn;
    this.sizes = sizes;
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    byte[] place = table.place(key);
    for (NavigableMap<byte[], Cell> layer : newestFirst) {
      Cell cell = layer.get(place);
      if (cell != null) {
        return cell.value();
      }
    }
    return lmdb.table(table).get(txn, key);
  }

  @Override
  public void forEach(Table table, byte[] from, Visitor visitor) {
    byte[] start = table.place(from);
    List<Source> sources = new ArrayList<>();
    for (NavigableMap<byte[], Cell> layer : newestFirst) {
      sources.add(new Source(table, layer.tailMap(start, true).entrySet().iterator()));
    }
    try (Cursor<byte[]> cursor = lmdb.table(table).openCursor(txn)) {
      sources.add(new Source(table, new Stored(table, cursor, from)));
      for (byte[] next = smallest(sources); next != null; next = smallest(sources)) {
        byte[] value = take(sources, next);
        if (value != null && !visitor.visit(Table.key(next), value)) {
          return;
        }
      }
    }
  }

  private static byte @Nullable [] smallest(List<Source> sources) {
    byte[] smallest = null;
    for (Source source : sources) {
      byte[] place = source.place();
      if (place != null && (smallest == null || Arrays.compareUnsigned(place, smallest) < 0)) {
        smallest = place;
      }
    }
    return smallest;
  }

  /** What the newest source has there; all of them go on. */
  private static byte @Nullable [] take(List<Source> sources, byte[] place) {
    Cell newest = null;
    for (Source source : sources) {
      if (source.isAt(place)) {
        Cell cell = source.take();
        newest = newest == null ? cell : newest;
      }
    }
    return newest == null ? null : newest.value();
  }

  @Override
  public long size(Table table) {
    return sizes.of(table);
  }

  @Override
  public boolean isReadOnly() {
    return true;
  }

  /** The rows of one table in one layer, one after another. */
  private static final class Source {
    private final Table table;
    private final Iterator<Map.Entry<byte[], Cell>> rest;
    private Map.@Nullable Entry<byte[], Cell> next;

    Source(Table table, Iterator<Map.Entry<byte[], Cell>> rest) {
      this.table = table;
      this.rest = rest;
      step();
    }

    byte @Nullable [] place() {
      return next == null ? null : next.getKey();
    }

    boolean isAt(byte[] place) {
      return next != null && Arrays.equals(next.getKey(), place);
    }

    @Nullable Cell take() {
      Cell cell = next == null ? null : next.getValue();
      step();
      return cell;
    }

    private void step() {
      next = rest.hasNext() ? rest.next() : null;
      if (next != null && !table.contains(next.getKey())) {
        next = null;
      }
    }
  }

  private static final class Stored implements Iterator<Map.Entry<byte[], Cell>> {
    private final Table table;
    private final Cursor<byte[]> cursor;
    private boolean found;

    Stored(Table table, Cursor<byte[]> cursor, byte[] from) {
      this.table = table;
      this.cursor = cursor;
      this.found = from.length == 0 ? cursor.first() : cursor.get(from, GetOp.MDB_SET_RANGE);
    }

    @Override
    public boolean hasNext() {
      return found;
    }

    @Override
    public Map.Entry<byte[], Cell> next() {
      Map.Entry<byte[], Cell> row = Map.entry(table.place(cursor.key()), new Cell(cursor.val()));
      found = cursor.next();
      return row;
    }
  }
}
