// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.spi.Bytes;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Which chunks versions name: by the records, and by the index that is written with them, which
 * also has those of {@link UploadRows unfinished uploads}. Walks in pages, since a long read keeps
 * LMDB from reusing its space.
 */
final class ChunkUseRows {
  private static final int PAGE = 1_000;
  private static final byte[] END = {};

  private final RowStore rows;
  private final RowDoctor doctor;

  ChunkUseRows(RowStore rows, RowDoctor doctor) {
    this.rows = rows;
    this.doctor = doctor;
  }

  boolean isUsed(Bytes hash) {
    byte[] prefix = hash.toArray();
    boolean[] found = {false};
    rows.read(now -> {
      now.forEach(
          Table.CHUNK_USES,
          prefix,
          (use, _) -> {
            found[0] = Lmdb.startsWith(use, prefix);
            return false;
          });
      return true;
    });
    return found[0];
  }

  /** How many distinct chunks are used, by the index; fewer when it was ended. */
  long count(BooleanSupplier goesOn) {
    long[] count = {0};
    byte[][] last = {END};
    byte[] from = END;
    do {
      from =
          page(
              Table.CHUNK_USES,
              from,
              (use, _) -> {
                byte[] hash = Arrays.copyOf(use, Sha256.LENGTH_BYTES);
                count[0] += Arrays.equals(hash, last[0]) ? 0 : 1;
                last[0] = hash;
                return true;
              });
    } while (from.length > 0 && goesOn.getAsBoolean());
    return count[0];
  }

  /**
   * Shows each version in any state; false at the first one that cannot be read, and when the
   * visitor has enough.
   */
  boolean isEachVersionRead(Predicate<VersionRecord> visitor) {
    boolean[] isWhole = {true};
    byte[] from = END;
    do {
      from =
          page(
              Table.VERSIONS,
              from,
              (place, row) -> {
                VersionRecord version = VersionRows.decode(place, row);
                if (version == null) {
                  doctor.version(place, row, null);
                }
                isWhole[0] = version != null && visitor.test(version);
                return isWhole[0];
              });
    } while (from.length > 0 && isWhole[0]);
    return isWhole[0];
  }

  /** Where the next page begins; empty at the end. */
  private byte[] page(Table table, byte[] from, Rows.Visitor visitor) {
    byte[][] next = {END};
    int[] seen = {0};
    rows.read(now -> {
      now.forEach(
          table,
          from,
          (key, value) -> {
            if (seen[0]++ == PAGE) {
              next[0] = key;
              return false;
            }
            return visitor.visit(key, value);
          });
      return true;
    });
    return next[0];
  }
}
