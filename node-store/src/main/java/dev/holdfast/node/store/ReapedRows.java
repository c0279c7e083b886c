// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.cleanup.ReapingPlanner;
import dev.holdfast.core.version.KeyLives;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** What becomes of the versions of a key whose deletion the cluster forgets (R25). */
public final class ReapedRows {
  private final RowStore rows;
  private final GroupCommit writer;
  private final HeadRows heads;

  ReapedRows(RowStore rows, GroupCommit writer, HeadRows heads) {
    this.rows = rows;
    this.writer = writer;
    this.heads = heads;
  }

  /**
   * Forgets the life of a key that ended with a deletion which the cluster has reaped; what nobody
   * agreed on and rests on it is set aside. Repeatable, and survives a crash when this returns.
   *
   * @param reapedRevision see {@link KeyLives#ended}
   */
  public KeyLives.Ended reap(ObjectKey key, long reapedRevision) {
    return writer.write(change -> reap(change, key, reapedRevision));
  }

  KeyLives.Ended reap(Change change, ObjectKey key, long reapedRevision) {
    Map<VersionId, VersionRecord> here = all(change, key);
    KeyLives.Ended ended = KeyLives.ended(here, reapedRevision);
    ended.unknown().forEach(id -> QuarantineRows.put(change, VersionRows.place(key, id)));
    ended
        .forgotten()
        .forEach(id -> {
          byte[] place = VersionRows.place(key, id);
          VersionRecord version = here.get(id);
          if (version != null) {
            VersionRows.remove(change, place, version);
            BranchRows.confirmed(change, place);
          }
        });
    relist(change, key);
    return ended;
  }

  /** Sets aside those of these versions that are provisional still, see {@link QuarantineRows}. */
  public void setAside(Collection<VersionRecord> versions) {
    writer.write(change -> {
      for (VersionRecord version : versions) {
        byte[] place = VersionRows.place(version.key(), version.id());
        VersionRecord here = VersionRows.get(change, place);
        if (here != null && here.state() == VersionState.PROVISIONAL) {
          QuarantineRows.put(change, place);
          relist(change, version.key());
        }
      }
      return true;
    });
  }

  /** The listing names what is seen of a key, or nothing. */
  private void relist(Change change, ObjectKey key) {
    HeadRow head = heads.get(change, key);
    if (head != null && !isListed(change, key, head)) {
      heads.remove(change, key);
      all(change, key)
          .forEach((id, version) -> {
            if (version.state() == VersionState.PROVISIONAL) {
              heads.showUnconfirmed(change, version, id);
            }
          });
    }
  }

  /** Whether the row names a version that is here, and seen. */
  private static boolean isListed(Rows now, ObjectKey key, HeadRow head) {
    VersionRecord version = VersionRows.get(now, VersionRows.place(key, head.version()));
    return version != null && version.state().isVisible();
  }

  private static Map<VersionId, VersionRecord> all(Rows now, ObjectKey key) {
    Map<VersionId, VersionRecord> found = new HashMap<>();
    byte[] prefix = VersionRows.prefix(key);
    now.forEach(
        Table.VERSIONS,
        prefix,
        (place, row) -> {
          VersionRecord version =
              Lmdb.startsWith(place, prefix) ? VersionRows.decode(place, row) : null;
          if (version != null) {
            found.put(VersionRows.id(place), version);
          }
          return Lmdb.startsWith(place, prefix);
        });
    return found;
  }

  /** What is here of a key, when its deletion may be reaped. */
  public ReapingPlanner.Copy reapingCopy(ObjectKey key, VersionId tombstone) {
    Map<VersionId, VersionRecord> here = rows.read(now -> all(now, key));
    VersionRecord deletion = here.get(tombstone);
    boolean hasTombstone =
        deletion != null && deletion.deleted() && deletion.state() == VersionState.CONFIRMED;
    long open =
        here.values().stream()
            .filter(version ->
                version.state() == VersionState.STAGED
                    || version.state() == VersionState.PROVISIONAL)
            .count();
    return new ReapingPlanner.Copy(hasTombstone, open);
  }
}
