// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.node.store.Layer.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * What one change writes, over what the changes before it in its batch wrote, over what is there.
 * It sees its own rows. For the thread that writes.
 */
final class Change implements Rows {
  private final NavigableMap<byte[], Cell> written = new TreeMap<>(Arrays::compareUnsigned);
  private final Map<Table, Long> added = new EnumMap<>(Table.class);
  private final LayeredRows seen;

  /**
   * @param below newest first
   */
  Change(List<NavigableMap<byte[], Cell>> below, Lmdb lmdb, Txn<byte[]> txn, TableSizes sizes) {
    List<NavigableMap<byte[], Cell>> layers = new ArrayList<>();
    layers.add(written);
    layers.addAll(below);
    this.seen = new LayeredRows(layers, lmdb, txn, sizes);
  }

  void put(Table table, byte[] key, byte[] value) {
    if (table.isCounted() && seen.get(table, key) == null) {
      added.merge(table, 1L, Long::sum);
    }
    written.put(table.place(key), new Cell(value));
  }

  /** Whether it was there. */
  boolean delete(Table table, byte[] key) {
    boolean wasThere = seen.get(table, key) != null;
    if (wasThere) {
      written.put(table.place(key), Cell.GONE);
      if (table.isCounted()) {
        added.merge(table, -1L, Long::sum);
      }
    }
    return wasThere;
  }

  NavigableMap<byte[], Cell> written() {
    return written;
  }

  /** How many rows it adds to the counted tables. */
  Map<Table, Long> added() {
    return added;
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    return seen.get(table, key);
  }

  @Override
  public void forEach(Table table, byte[] from, Visitor visitor) {
    seen.forEach(table, from, visitor);
  }

  @Override
  public long size(Table table) {
    return seen.size(table) + added.getOrDefault(table, 0L);
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }
}
