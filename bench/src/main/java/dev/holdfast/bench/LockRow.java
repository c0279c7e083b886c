package dev.holdfast.bench;

import java.util.List;

/**
 * A row of lock pairs: acquire and release.
 *
 * @param spread each caller has a lock of its own; else all want the same
 */
record LockRow(String name, int callers, boolean spread) {
  static final List<LockRow> ROWS =
      List.of(
          new LockRow("lock-alone", 1, true),
          new LockRow("lock-spread", 32, true),
          new LockRow("lock-spread", 256, true),
          new LockRow("lock-hot", 64, false));

  /** Only to make the code hot. */
  static final LockRow WARM_UP = new LockRow("warm-up", Load.WARM_UP_CALLERS, true);

  String lockOf(int caller) {
    return callers + "-" + (spread ? caller : 0);
  }
}
