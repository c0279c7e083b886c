// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.cleanup.RetentionPlanner.Known;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What cleanup takes away from the records: the bytes of old versions, and all versions of a key
 * that this node need not keep. Chunks go later, by the collector: so both survive a crash when
 * they return. Thread-safe.
 */
public final class RetiredRows {
  private final RowStore rows;
  private final GroupCommit writer;
  private final HeadRows heads;

  RetiredRows(RowStore rows, GroupCommit writer, HeadRows heads) {
    this.rows = rows;
    this.writer = writer;
    this.heads = heads;
  }

  /**
   * All versions of a key in any state; empty when one is unreadable, or there are more than so
   * many.
   */
  public Optional<List<Known>> known(ObjectKey key, int limit) {
    byte[] prefix = VersionRows.prefix(key);
    List<Known> found = new ArrayList<>();
    boolean[] isWhole = {true};
    rows.read(now -> {
      now.forEach(
          Table.VERSIONS,
          prefix,
          (place, row) -> {
            if (!Lmdb.startsWith(place, prefix)) {
              return false;
            }
            VersionRecord version = VersionRows.decode(place, row);
            isWhole[0] = version != null && found.size() < limit;
            return isWhole[0] && version != null && found.add(Known.of(version));
          });
      return true;
    });
    return isWhole[0] ? Optional.of(found) : Optional.empty();
  }

  /**
   * Deletes the bytes of old versions. Their records stay, and what they were: confirmed. Nothing
   * goes while a write of the key is under way, or when its branches are not those that were seen:
   * a merge may need what was to go. The head that this node knows of never goes.
   *
   * @param branches provisional heads of the key, as {@link BranchRows#of} gave them
   * @return those that are gone now
   */
  public List<VersionId> retire(ObjectKey key, Set<VersionId> branches, List<VersionId> old) {
    byte[] prefix = VersionRows.prefix(key);
    return writer.write(change -> {
      HeadRow head = heads.get(change, key);
      if (head == null
          || !ids(change, Table.STAGED, prefix).isEmpty()
          || !ids(change, Table.BRANCHES, prefix).equals(branches)) {
        return List.of();
      }
      return old.stream()
          .filter(id -> !id.equals(head.version()) && retire(change, VersionRows.place(key, id)))
          .toList();
    });
  }

  private static boolean retire(Change change, byte[] place) {
    VersionRecord here = VersionRows.get(change, place);
    if (here == null
        || here.state() != VersionState.CONFIRMED
        || here.deleted()
        || here.isRemoved()) {
      return false;
    }
    byte[] use = Sha256.of(place).toArray();
    for (ChunkRef chunk : here.chunks()) {
      change.delete(Table.CHUNK_USES, Lmdb.concat(chunk.hash().toArray(), use));
    }
    VersionRows.put(change, place, here.withoutBytes());
    return true;
  }

  /**
   * Removes every trace of a key, when its versions are exactly those that were seen, and none of
   * them is staged or unreadable.
   */
  boolean forget(ObjectKey key, Set<VersionId> seen) {
    byte[] prefix = VersionRows.prefix(key);
    return writer.write(change -> {
      List<byte[]> places = new ArrayList<>();
      change.forEach(
          Table.VERSIONS,
          prefix,
          (place, _) -> Lmdb.startsWith(place, prefix) && places.add(place));
      if (places.size() != seen.size()
          || !places.stream().allMatch(one -> mayGo(change, one, seen))) {
        return false;
      }
      for (byte[] place : places) {
        VersionRecord version = VersionRows.get(change, place);
        if (version != null) {
          VersionRows.remove(change, place, version);
        }
      }
      ids(change, Table.SUCCEEDED, prefix)
          .forEach(id -> change.delete(Table.SUCCEEDED, VersionRows.place(key, id)));
      heads.remove(change, key);
      return true;
    });
  }

  private static boolean mayGo(Change change, byte[] place, Set<VersionId> seen) {
    @Nullable VersionRecord version = VersionRows.get(change, place);
    return version != null
        && version.state() != VersionState.STAGED
        && seen.contains(VersionRows.id(place));
  }

  private static Set<VersionId> ids(Rows rows, Table table, byte[] prefix) {
    Set<VersionId> found = new TreeSet<>();
    if (rows.size(table) > 0) {
      rows.forEach(
          table,
          prefix,
          (place, _) -> Lmdb.startsWith(place, prefix) && found.add(VersionRows.id(place)));
    }
    return found;
  }
}
