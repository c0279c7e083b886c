// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;

/**
 * A row of lock pairs: acquire and release.
 *
 * @param name what it is a row of
 */
record LockRow(RowName name, int callers) {
  static final List<LockRow> ROWS =
      List.of(
          new LockRow(RowName.LOCK_ALONE, 1),
          new LockRow(RowName.LOCK_SPREAD, 32),
          new LockRow(RowName.LOCK_SPREAD, 256),
          new LockRow(RowName.LOCK_HOT, 64));

  /** Only to make the code hot. */
  static final LockRow WARM_UP = new LockRow(RowName.LOCK_SPREAD, Load.WARM_UP_CALLERS);

  /** The lock that a caller wants. */
  String lockOf(int caller) {
    return name.text() + "-" + callers + "-" + (name == RowName.LOCK_HOT ? 0 : caller);
  }
}
