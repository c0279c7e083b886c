// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The life of records that this node accepted without the cluster's agreement, and which of them
 * are heads. Thread-safe.
 *
 * <p>Versions arrive in any order. So a version that names a parent which is not confirmed here
 * leaves a mark: when that parent arrives later, it enters as an ancestor and not as a head.
 */
public final class BranchRows {
  private static final byte[] NOTHING = new byte[0];

  private final RowStore rows;
  private final GroupCommit writer;
  private final HeadRows heads;

  BranchRows(RowStore rows, GroupCommit writer, HeadRows heads) {
    this.rows = rows;
    this.writer = writer;
    this.heads = heads;
  }

  /**
   * Accepts a record that is here, or is given. It survives a crash when this returns. One that is
   * accepted or confirmed already stays as it is.
   *
   * @param given used when the record is not here; its chunks must be durable
   * @param followUp intents to keep in the same commit
   * @return false when the record is neither here nor given
   */
  public boolean accept(
      ObjectKey key, VersionId id, @Nullable VersionRecord given, List<Intent> followUp) {
    return writer.write(change -> accept(change, key, id, given, followUp));
  }

  /**
   * Accepts a version instead of one that is set aside. Both survive a crash, or neither.
   *
   * @return false when none is set aside under that id
   */
  public boolean release(
      VersionRecord setAside, VersionId id, VersionRecord given, List<Intent> followUp) {
    byte[] place = VersionRows.place(setAside.key(), setAside.id());
    return writer.write(change -> {
      VersionRecord here = VersionRows.get(change, place);
      if (here == null || here.state() != VersionState.QUARANTINED) {
        return false;
      }
      VersionRows.remove(change, place, here);
      return accept(change, setAside.key(), id, given, followUp);
    });
  }

  private boolean accept(
      Change change,
      ObjectKey key,
      VersionId id,
      @Nullable VersionRecord given,
      List<Intent> followUp) {
    byte[] place = VersionRows.place(key, id);
    VersionRecord here = VersionRows.get(change, place);
    VersionRecord known = here == null ? given : here;
    if (known == null) {
      return false;
    }
    if (here == null || !here.state().isVisible()) {
      VersionRecord version = known.withState(VersionState.PROVISIONAL);
      VersionRows.put(change, place, version);
      VersionRows.settled(change, place);
      QuarantineRows.settled(change, place);
      heads.showUnconfirmed(change, version, id);
      if (change.get(Table.SUCCEEDED, place) == null) {
        change.put(Table.BRANCHES, place, Branch.firstRow(place));
      }
      for (VersionId parent : version.parents()) {
        byte[] below = VersionRows.place(key, parent);
        if (!VersionRows.isConfirmed(change, below)) {
          succeeded(change, below);
        }
      }
    }
    followUp.forEach(intent -> QueueRows.add(change, intent));
    return true;
  }

  /** A version that is not confirmed here has a successor: it is no head, and will be none. */
  static void succeeded(Change change, byte[] place) {
    change.delete(Table.BRANCHES, place);
    change.put(Table.SUCCEEDED, place, NOTHING);
  }

  /** A version that was confirmed is no branch. */
  static void confirmed(Change change, byte[] place) {
    if (change.size(Table.BRANCHES) > 0) {
      change.delete(Table.BRANCHES, place);
    }
    if (change.size(Table.SUCCEEDED) > 0) {
      change.delete(Table.SUCCEEDED, place);
    }
  }

  static void removed(Change change, byte[] place) {
    if (change.size(Table.BRANCHES) > 0) {
      change.delete(Table.BRANCHES, place);
    }
  }

  /** The provisional heads of a key, in the order of their ids. */
  public List<VersionId> of(ObjectKey key) {
    if (count() == 0) {
      return List.of();
    }
    byte[] prefix = VersionRows.prefix(key);
    List<VersionId> found = new ArrayList<>();
    rows.read(now -> {
      now.forEach(
          Table.BRANCHES,
          prefix,
          (place, _) -> Lmdb.startsWith(place, prefix) && found.add(VersionRows.id(place)));
      return true;
    });
    return found;
  }

  /**
   * Branches in the order of their places, so those of a key one after another.
   *
   * @param after the last one of the page before, or any branch
   */
  public List<Branch> list(Optional<Branch> after, int limit) {
    byte[] from =
        after
            .map(last -> Lmdb.concat(VersionRows.place(last.key(), last.version()), new byte[1]))
            .orElse(NOTHING);
    List<Branch> found = new ArrayList<>();
    rows.read(now -> {
      now.forEach(
          Table.BRANCHES,
          from,
          (place, row) -> {
            VersionRecord version = VersionRows.get(now, place);
            if (version != null) {
              found.add(Branch.decode(version.key(), VersionRows.id(place), place, row));
            }
            return found.size() < limit;
          });
      return true;
    });
    return found;
  }

  /** Keeps what is known of a branch, if it is one still. */
  public void update(Branch branch) {
    byte[] place = VersionRows.place(branch.key(), branch.version());
    writer.writeUnflushed(change -> {
      if (change.get(Table.BRANCHES, place) != null) {
        change.put(Table.BRANCHES, place, Branch.row(place, branch.isReported(), branch.knownAt()));
      }
      return true;
    });
  }

  /** It is no head any more, though nothing follows it here: its write was agreed on elsewhere. */
  public void retire(Branch branch) {
    byte[] place = VersionRows.place(branch.key(), branch.version());
    writer.writeUnflushed(change -> {
      succeeded(change, place);
      return true;
    });
  }

  public long count() {
    return rows.read(now -> now.size(Table.BRANCHES));
  }
}
