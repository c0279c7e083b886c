// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Versions that are kept and not shown: the cluster does not know them, and may have forgotten a
 * deletion that they were part of. They leave by an operator's word, or when the cluster agrees on
 * the same version after all. Thread-safe.
 */
public final class QuarantineRows {
  private static final byte[] NOTHING = new byte[0];

  private final RowStore rows;
  private final GroupCommit writer;

  QuarantineRows(RowStore rows, GroupCommit writer) {
    this.rows = rows;
    this.writer = writer;
  }

  /** Sets a version aside that is here; it is no head and no branch from then on. */
  static void put(Change change, byte[] place) {
    VersionRecord version = VersionRows.get(change, place);
    if (version != null) {
      VersionRows.put(change, place, version.withState(VersionState.QUARANTINED));
      BranchRows.removed(change, place);
      change.put(Table.QUARANTINE, place, NOTHING);
    }
  }

  static void settled(Change change, byte[] place) {
    if (change.size(Table.QUARANTINE) > 0) {
      change.delete(Table.QUARANTINE, place);
    }
  }

  /** A version that is set aside here. */
  public Optional<VersionRecord> get(ObjectKey key, VersionId id) {
    byte[] place = VersionRows.place(key, id);
    return Optional.ofNullable(rows.read(now -> VersionRows.get(now, place)))
        .filter(version -> version.state() == VersionState.QUARANTINED);
  }

  /**
   * Versions in the order of their places, so those of a key one after another.
   *
   * @param after the last one of the page before
   */
  public List<VersionRecord> list(Optional<VersionRecord> after, int limit) {
    byte[] from =
        after
            .map(last -> Lmdb.concat(VersionRows.place(last.key(), last.id()), new byte[1]))
            .orElse(NOTHING);
    List<VersionRecord> found = new ArrayList<>();
    rows.read(now -> {
      now.forEach(
          Table.QUARANTINE,
          from,
          (place, _) -> {
            VersionRecord version = VersionRows.get(now, place);
            if (version != null) {
              found.add(version);
            }
            return found.size() < limit;
          });
      return true;
    });
    return found;
  }

  /** Deletes one for good; its chunks are garbage. False when it is not set aside here. */
  public boolean drop(ObjectKey key, VersionId id) {
    byte[] place = VersionRows.place(key, id);
    return writer.write(change -> {
      VersionRecord here = VersionRows.get(change, place);
      if (here == null || here.state() != VersionState.QUARANTINED) {
        return false;
      }
      VersionRows.remove(change, place, here);
      return true;
    });
  }

  public long count() {
    return rows.read(now -> now.size(Table.QUARANTINE));
  }
}
