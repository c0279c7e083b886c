// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Rows that are newer than those of LMDB, by place. Immutable: whoever has one may read it while
 * the next one is made.
 *
 * @param heapBytes what it takes, roughly
 */
record Layer(TreePMap<byte[], Cell> cells, long heapBytes) {
  static final Layer EMPTY = new Layer(TreePMap.empty(Arrays::compareUnsigned), 0);

  /** What the nodes of the tree and the arrays cost beside the bytes. */
  private static final int CELL_HEAP_BYTES = 160;

  /**
   * A row, or that it is gone.
   *
   * @param value null when it is gone
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Cell(byte @Nullable [] value) {
    static final Cell GONE = new Cell(null);
  }

  boolean isEmpty() {
    return cells.isEmpty();
  }

  /** These rows, and newer ones. A row that is replaced is still counted until the checkpoint. */
  Layer plus(NavigableMap<byte[], Cell> newer) {
    TreePMap<byte[], Cell> next = cells;
    long bytes = heapBytes;
    for (Map.Entry<byte[], Cell> one : newer.entrySet()) {
      next = next.plus(one.getKey(), one.getValue());
      byte[] value = one.getValue().value();
      bytes += CELL_HEAP_BYTES + one.getKey().length + (value == null ? 0 : value.length);
    }
    return new Layer(next, bytes);
  }
}
