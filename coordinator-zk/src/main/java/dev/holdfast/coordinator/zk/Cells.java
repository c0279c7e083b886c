// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The znodes of entries as they are known here, when others were deleted, and up to which revision
 * all of that is applied. What an entry is follows from its znode, its lease and its bucket.
 *
 * <p>Guarded by the lock of {@link Mirror}, but for {@link #applied}, {@link #from} and {@link
 * #keysByBucket}, which any thread may call.
 */
final class Cells {
  /** Deletions that are known key by key; before them, only the last one of all is. */
  static final int TOMBS_MAX = 100_000;

  private final ZkPaths paths;
  private final Leases leases;
  private final Buckets buckets;
  private final ConcurrentSkipListMap<String, Cell> cells = new ConcurrentSkipListMap<>();
  private final LinkedHashMap<EntryKey, Long> tombs = new LinkedHashMap<>();
  private volatile long applied;
  private long floor;

  Cells(ZkPaths paths, Leases leases, Buckets buckets) {
    this.paths = paths;
    this.leases = leases;
    this.buckets = buckets;
  }

  /** The newest transaction all of which, and of all before it, is in here. */
  long applied() {
    return applied;
  }

  void apply(long zxid) {
    applied = Math.max(applied, zxid);
  }

  /** No deletion that nobody was told of is after this. */
  long floor() {
    return floor;
  }

  void raiseFloor(long zxid) {
    floor = Math.max(floor, zxid);
  }

  /** Also when its lease has ended. */
  @Nullable Cell get(EntryKey key) {
    return cells.get(key.value());
  }

  /** Unless something newer is known. */
  void put(Cell cell) {
    Cell before = get(cell.key());
    boolean newer =
        before == null
            ? cell.zxid() >= tombs.getOrDefault(cell.key(), 0L)
            : cell.zxid() > before.zxid();
    if (newer) {
      cells.put(cell.key().value(), cell);
      tombs.remove(cell.key());
    }
  }

  /** The znode was deleted at this zxid, unless it was made again since. */
  void delete(EntryKey key, long zxid) {
    Cell cell = get(key);
    if (cell != null && cell.zxid() >= zxid) {
      return;
    }
    cells.remove(key.value());
    tombs.remove(key);
    tombs.put(key, zxid);
    if (tombs.size() > TOMBS_MAX) {
      Map.Entry<EntryKey, Long> eldest = tombs.pollFirstEntry();
      raiseFloor(eldest == null ? 0 : eldest.getValue());
    }
  }

  /** The znode went while nobody was told. */
  void miss(EntryKey key) {
    cells.remove(key.value());
    tombs.remove(key);
  }

  List<Cell> matching(Predicate<Cell> predicate) {
    return cells.values().stream().filter(predicate).toList();
  }

  /**
   * Cells after a key, whose keys may start with the prefix, in order. Goes on while they change.
   */
  Collection<Cell> from(String prefix, @Nullable EntryKey after) {
    return after == null || after.value().compareTo(prefix) < 0
        ? cells.tailMap(prefix, true).values()
        : cells.tailMap(after.value(), false).values();
  }

  Map<String, List<EntryKey>> keysByBucket() {
    Map<String, List<EntryKey>> all = new HashMap<>();
    cells
        .values()
        .forEach(cell ->
            all.computeIfAbsent(paths.bucket(cell.key()), _ -> new ArrayList<>()).add(cell.key()));
    return all;
  }

  /** The key at this revision, or at that of its cell or deletion when that is newer. */
  Observation observe(EntryKey key, long revision) {
    Cell cell = get(key);
    long deleted = lastDeleted(key);
    if (cell != null && leases.isAlive(cell)) {
      return new Observation(key, cell.entry(), deleted, Math.max(revision, cell.zxid()));
    }
    return new Observation(key, null, deleted, Math.max(revision, deleted));
  }

  /** Not before the last deletion of the key as far as this process has applied (R5). */
  private long lastDeleted(EntryKey key) {
    Cell cell = get(key);
    if (cell != null && !leases.isAlive(cell)) {
      return leases.endOf(cell.lease(), floor);
    }
    Long tomb = tombs.get(key);
    if (tomb != null) {
      return tomb;
    }
    Bucket bucket = buckets.get(paths.bucket(key));
    return bucket == null ? floor : Math.min(bucket.lastDeleted(key), Math.max(floor, applied));
  }

  /** What a transaction, once it is applied, has changed. */
  List<Observation> changesOf(Group group) {
    List<Observation> changes = new ArrayList<>();
    for (EntryKey key : group.keys) {
      Observation change =
          group.endedLease == 0 ? changeIn(group, key) : endIn(group, key, group.endedLease);
      if (change != null) {
        changes.add(change);
      }
    }
    return changes;
  }

  /** Null when the key is not of the lease, or was written anew since. */
  private @Nullable Observation endIn(Group group, EntryKey key, long lease) {
    Cell cell = get(key);
    return cell != null && cell.lease() == lease && cell.zxid() < group.zxid
        ? new Observation(key, null, group.zxid, group.zxid)
        : null;
  }

  /** Null when a later group tells of the key, or it did not change here. */
  private @Nullable Observation changeIn(Group group, EntryKey key) {
    Cell cell = get(key);
    if (cell == null) {
      long deleted = tombs.getOrDefault(key, group.zxid);
      return deleted > group.zxid ? null : new Observation(key, null, deleted, group.zxid);
    }
    if (cell.zxid() > group.zxid) {
      return null;
    }
    if (leases.isAlive(cell)) {
      return new Observation(key, cell.entry(), Math.min(lastDeleted(key), group.zxid), group.zxid);
    }
    return leases.endOf(cell.lease(), 0) > group.zxid
        ? null
        : new Observation(key, null, group.zxid, group.zxid);
  }
}
