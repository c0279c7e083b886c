// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.store.NodeStore.Staged;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The life of records that are not agreed on yet (R21). */
final class StagedRows {
  private final RowStore rows;
  private final GroupCommit writer;
  private final RowDoctor doctor;

  StagedRows(RowStore rows, GroupCommit writer, RowDoctor doctor) {
    this.rows = rows;
    this.writer = writer;
    this.doctor = doctor;
  }

  /** Completes when it is durable. */
  CompletableFuture<Boolean> stage(VersionRecord version) {
    byte[] place = VersionRows.place(version.key(), version.id());
    if (rows.read(now -> isKept(now, place, version))) {
      return CompletableFuture.completedFuture(true);
    }
    return writer.submit(change -> {
      VersionRecord here = VersionRows.get(change, place);
      VersionRecord next =
          here == null ? version.withState(VersionState.STAGED) : here.plusDots(version.dots());
      VersionRows.put(change, place, next);
      if (next.state() == VersionState.STAGED) {
        VersionRows.putStaged(change, place, Counters.advance(change, Counters.STAMPS, 1));
      }
      return true;
    });
  }

  /** Nothing would change: that costs no commit. */
  private static boolean isKept(Rows now, byte[] place, VersionRecord version) {
    VersionRecord here = VersionRows.get(now, place);
    return here != null
        && here.state() == VersionState.CONFIRMED
        && here.dots().containsAll(version.dots());
  }

  boolean takeBack(ObjectKey key, VersionId id, Dot dot) {
    byte[] place = VersionRows.place(key, id);
    return writer.write(change -> {
      VersionRecord here = VersionRows.get(change, place);
      if (here == null
          || here.state() != VersionState.STAGED
          || !here.dots().contains(dot)
          // When it is full, the dot of another write may be missing.
          || here.dots().size() >= VersionRecord.DOTS_MAX) {
        return false;
      }
      if (here.dots().size() > 1) {
        VersionRows.put(change, place, here.minusDot(dot));
        return false;
      }
      VersionRows.remove(change, place, here);
      return true;
    });
  }

  List<Staged> list(Optional<Staged> after, long before, int limit) {
    List<Staged> found = new ArrayList<>();
    byte[] from =
        after
            .map(last -> Lmdb.concat(VersionRows.place(last.key(), last.id()), new byte[1]))
            .orElse(new byte[0]);
    rows.read(now -> {
      now.forEach(
          Table.STAGED,
          from,
          (place, value) -> {
            long stamp = ByteBuffer.wrap(value).getLong();
            if (stamp < before) {
              byte[] row = now.get(Table.VERSIONS, place);
              VersionRecord version = row == null ? null : VersionRows.decode(place, row);
              if (version != null) {
                found.add(new Staged(version.key(), version.id(), stamp));
              } else {
                doctor.version(place, row == null ? value : row, null);
              }
            }
            return found.size() < limit;
          });
      return true;
    });
    return found;
  }

  long count() {
    return rows.read(now -> now.size(Table.STAGED));
  }

  int sweep(List<Staged> seen) {
    return writer.write(change -> (int) seen.stream().filter(one -> sweep(change, one)).count());
  }

  private static boolean sweep(Change change, Staged seen) {
    byte[] place = VersionRows.place(seen.key(), seen.id());
    byte[] stamp = change.get(Table.STAGED, place);
    VersionRecord version = VersionRows.get(change, place);
    if (stamp == null || version == null || ByteBuffer.wrap(stamp).getLong() != seen.stamp()) {
      return false;
    }
    VersionRows.remove(change, place, version);
    return true;
  }
}
