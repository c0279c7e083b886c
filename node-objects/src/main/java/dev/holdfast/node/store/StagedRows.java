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
import org.lmdbjava.Txn;

/** The life of records that are not agreed on yet (R21). */
final class StagedRows {
  private final Lmdb lmdb;
  private final GroupCommit writer;
  private final VersionRows versions;
  private final Counters counters;
  private final RowDoctor doctor;

  StagedRows(
      Lmdb lmdb, GroupCommit writer, VersionRows versions, Counters counters, RowDoctor doctor) {
    this.lmdb = lmdb;
    this.writer = writer;
    this.versions = versions;
    this.counters = counters;
    this.doctor = doctor;
  }

  void stage(VersionRecord version) {
    byte[] place = VersionRows.place(version.key(), version.id());
    if (lmdb.read(txn -> isKept(txn, place, version))) {
      return;
    }
    writer.write(txn -> {
      VersionRecord here = versions.get(txn, place);
      VersionRecord next =
          here == null ? version.withState(VersionState.STAGED) : here.plusDots(version.dots());
      versions.put(txn, place, next);
      if (next.state() == VersionState.STAGED) {
        versions.putStaged(txn, place, counters.advance(txn, Counters.STAMPS, 1));
      }
      return true;
    });
  }

  /** Nothing would change: that costs no commit. */
  private boolean isKept(Txn<byte[]> txn, byte[] place, VersionRecord version) {
    VersionRecord here = versions.get(txn, place);
    return here != null
        && here.state() == VersionState.CONFIRMED
        && here.dots().containsAll(version.dots());
  }

  boolean takeBack(ObjectKey key, VersionId id, Dot dot) {
    byte[] place = VersionRows.place(key, id);
    return writer.write(txn -> {
      VersionRecord here = versions.get(txn, place);
      if (here == null
          || here.state() != VersionState.STAGED
          || !here.dots().contains(dot)
          // When it is full, the dot of another write may be missing.
          || here.dots().size() >= VersionRecord.DOTS_MAX) {
        return false;
      }
      if (here.dots().size() > 1) {
        versions.put(txn, place, here.minusDot(dot));
        return false;
      }
      versions.remove(txn, place, here);
      return true;
    });
  }

  List<Staged> list(Optional<Staged> after, long before, int limit) {
    List<Staged> found = new ArrayList<>();
    byte[] from =
        after
            .map(last -> Lmdb.concat(VersionRows.place(last.key(), last.id()), new byte[1]))
            .orElse(new byte[0]);
    lmdb.read(txn -> {
      Lmdb.forEach(
          txn,
          lmdb.staged,
          from,
          (place, value) -> {
            long stamp = ByteBuffer.wrap(value).getLong();
            if (stamp < before) {
              byte[] row = lmdb.versions.get(txn, place);
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
    return lmdb.read(txn -> lmdb.staged.stat(txn).entries);
  }

  int sweep(List<Staged> seen) {
    return writer.write(txn -> (int) seen.stream().filter(one -> sweep(txn, one)).count());
  }

  private boolean sweep(Txn<byte[]> txn, Staged seen) {
    byte[] place = VersionRows.place(seen.key(), seen.id());
    byte[] stamp = lmdb.staged.get(txn, place);
    VersionRecord version = versions.get(txn, place);
    if (stamp == null || version == null || ByteBuffer.wrap(stamp).getLong() != seen.stamp()) {
      return false;
    }
    versions.remove(txn, place, version);
    return true;
  }
}
