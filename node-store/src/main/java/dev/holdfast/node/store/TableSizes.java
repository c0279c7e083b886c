// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.util.EnumMap;
import java.util.Map;

/** How many rows the counted tables have. Immutable. */
record TableSizes(Map<Table, Long> rows) {
  TableSizes {
    rows = new EnumMap<>(rows);
  }

  long of(Table table) {
    Long size = rows.get(table);
    if (size == null) {
      throw new IllegalArgumentException("The rows of " + table + " are not counted");
    }
    return size;
  }

  TableSizes plus(Map<Table, Long> more) {
    EnumMap<Table, Long> sum = new EnumMap<>(rows);
    more.forEach((table, count) -> sum.merge(table, count, Long::sum));
    return new TableSizes(sum);
  }
}
