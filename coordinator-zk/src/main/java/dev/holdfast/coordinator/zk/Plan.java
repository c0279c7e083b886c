// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as one {@code multi}, on what is known of its keys. It succeeds only if all of that
 * still is so:
 *
 * <ul>
 *   <li>an entry that must be at a version: its data version is checked, and its bucket, since the
 *       data version repeats after a deletion (R7)
 *   <li>an entry that is made, deleted, or comes alive again: its bucket is set
 *   <li>an entry that must be absent: its bucket is checked
 *   <li>an entry of a lease that counts as alive: the lease is checked
 *   <li>an entry whose data version nears its end is deleted and made again
 * </ul>
 *
 * <p>And so must be how revisions are made ({@link Revisions}), so that a commit after a raise is
 * newer than all before it, whoever makes it. The beat is not in here: see {@link Beats}.
 */
final class Plan {
  /** Before the data version would pass 2³¹, and reach the −1 that passes every check. */
  static final int DATA_VERSION_MAX = Integer.MAX_VALUE - 1_000;

  /** Names, version and type of an operation, roughly. */
  private static final int OP_BYTES = 64;

  private final ZkPaths paths;
  private final Map<EntryKey, Known> known;
  private final Revisions revisions;
  private final int dataVersionMax;

  private final Map<String, BucketUse> buckets = new LinkedHashMap<>();
  private final Set<Long> leases = new LinkedHashSet<>();
  private final List<Op> checks = new ArrayList<>();
  private final List<Op> changes = new ArrayList<>();
  private final Map<EntryKey, Written> written = new LinkedHashMap<>();

  private static final class BucketUse {
    final Bucket bucket;
    final List<EntryKey> deleted = new ArrayList<>();
    boolean set;
    byte[] data = new byte[0];

    BucketUse(Bucket bucket) {
      this.bucket = bucket;
      this.set = bucket.isMissing();
    }
  }

  /**
   * @param op its place in {@link #changes}, whose result has the new data version; −1 for a
   *     deletion
   */
  private record Written(@Nullable Bytes value, long lease, int op) {}

  private Plan(ZkPaths paths, Map<EntryKey, Known> known, Revisions revisions, int dataVersionMax) {
    this.paths = paths;
    this.known = known;
    this.revisions = revisions;
    this.dataVersionMax = dataVersionMax;
  }

  /**
   * @param transaction its versions and revisions are zxids
   * @param revisions that the caller knows of
   * @param lease of this process, for entries that end with it
   */
  static Plan of(
      Transaction transaction,
      Map<EntryKey, Known> known,
      Revisions revisions,
      long lease,
      ZkPaths paths,
      int dataVersionMax) {
    Plan plan = new Plan(paths, known, revisions, dataVersionMax);
    Set<EntryKey> versioned = new LinkedHashSet<>();
    Set<EntryKey> changed = new LinkedHashSet<>();
    transaction.changes().forEach(change -> changed.add(change.key()));
    for (Condition condition : transaction.conditions()) {
      plan.require(condition, changed.contains(condition.key()));
      if (condition instanceof Condition.AtVersion) {
        versioned.add(condition.key());
      }
    }
    for (Change change : transaction.changes()) {
      EntryKey key = change.key();
      switch (change) {
        case Change.Put put -> plan.put(key, put.value(), 0, versioned.contains(key));
        case Change.PutLeased put -> {
          plan.leases.add(lease);
          plan.put(key, put.value(), lease, versioned.contains(key));
        }
        case Change.Delete _ -> plan.delete(key);
      }
    }
    plan.encodeBuckets();
    return plan;
  }

  /** Removes the znode of an entry whose lease has ended, if it still is that one. */
  static Plan sweep(Known known, Revisions revisions, ZkPaths paths) {
    Plan plan = new Plan(paths, Map.of(known.key(), known), revisions, DATA_VERSION_MAX);
    plan.delete(known.key());
    plan.encodeBuckets();
    return plan;
  }

  private Known known(EntryKey key) {
    return Known.in(known, key);
  }

  private BucketUse bucket(EntryKey key) {
    Known found = known(key);
    return buckets.computeIfAbsent(found.bucketPath(), _ -> new BucketUse(found.bucket()));
  }

  private void require(Condition condition, boolean changed) {
    EntryKey key = condition.key();
    Cell cell = known(key).cell();
    switch (condition) {
      case Condition.AbsentSince _ -> bucket(key);
      case Condition.Exists _ -> {
        checkLease(key);
        if (!changed) {
          checks.add(Op.check(paths.entry(key), -1));
        }
      }
      case Condition.AtVersion _ -> {
        bucket(key);
        checkLease(key);
        if (!changed && cell != null) {
          checks.add(Op.check(paths.entry(key), cell.dataVersion()));
        }
      }
    }
  }

  private void checkLease(EntryKey key) {
    Cell cell = known(key).cell();
    if (cell != null && cell.lease() != 0) {
      leases.add(cell.lease());
    }
  }

  private void put(EntryKey key, Bytes value, long lease, boolean versioned) {
    Known found = known(key);
    Cell cell = found.cell();
    byte[] data = Cell.encode(value, lease);
    String path = paths.entry(key);
    if (cell == null) {
      bucket(key).set = true;
      changes.add(paths.create(path, data));
    } else if (cell.dataVersion() >= dataVersionMax) {
      bucket(key).set = true;
      changes.add(Op.delete(path, cell.dataVersion()));
      changes.add(paths.create(path, data));
    } else if (!found.isAlive()) {
      bucket(key).set = true;
      changes.add(Op.setData(path, data, cell.dataVersion()));
    } else {
      checkLease(key);
      changes.add(Op.setData(path, data, versioned ? cell.dataVersion() : -1));
    }
    written.put(key, new Written(value, lease, changes.size() - 1));
  }

  private void delete(EntryKey key) {
    BucketUse use = bucket(key);
    use.set = true;
    use.deleted.add(key);
    Cell cell = known(key).cell();
    if (cell != null) {
      changes.add(Op.delete(paths.entry(key), cell.dataVersion()));
    }
    written.put(key, new Written(null, 0, -1));
  }

  private void encodeBuckets() {
    buckets.values().forEach(use -> use.data = use.bucket.encodeAfterDeleting(use.deleted));
  }

  /** All operations but the beat. */
  List<Op> operations() {
    List<Op> all = new ArrayList<>();
    all.add(Op.check(paths.base(), revisions.dataVersion()));
    leases.forEach(lease -> all.add(Op.check(paths.lease(lease), -1)));
    buckets.forEach((path, use) -> {
      if (use.bucket.isMissing()) {
        all.add(paths.create(path, use.data));
      } else if (use.set) {
        all.add(Op.setData(path, use.data, use.bucket.version()));
        if (use.bucket.version() == -2) {
          // The next version would be the one that passes every check.
          all.add(Op.setData(path, use.data, -1));
        }
      } else {
        all.add(Op.check(path, use.bucket.version()));
      }
    });
    all.addAll(checks);
    all.addAll(changes);
    return all;
  }

  static long sizeBytes(List<Op> operations) {
    long sum = 0;
    for (Op op : operations) {
      sum += OP_BYTES + op.getPath().length();
      if (op instanceof Op.Create || op instanceof Op.SetData) {
        sum += dataLength(op);
      }
    }
    return sum;
  }

  private static int dataLength(Op op) {
    return switch (op.toRequestRecord()) {
      case org.apache.zookeeper.proto.CreateRequest create -> create.getData().length;
      case org.apache.zookeeper.proto.SetDataRequest set -> set.getData().length;
      default -> 0;
    };
  }

  Set<EntryKey> changedKeys() {
    return written.keySet();
  }

  /** Folders that must be there first. */
  Set<String> kindsOfNewBuckets() {
    Set<String> kinds = new LinkedHashSet<>();
    buckets.forEach((path, use) -> {
      if (use.bucket.isMissing()) {
        kinds.add(path.substring(0, path.lastIndexOf('/')));
      }
    });
    return kinds;
  }

  /**
   * The entries as they are once this has been applied; null where they are gone.
   *
   * @param results of {@link #operations} with its beat behind
   */
  Map<EntryKey, @Nullable Cell> cells(List<OpResult> results, long zxid) {
    int first = operations().size() - changes.size();
    Map<EntryKey, @Nullable Cell> cells = new LinkedHashMap<>();
    written.forEach((key, change) -> {
      Bytes value = change.value();
      if (value == null) {
        cells.put(key, null);
      } else {
        int version =
            results.get(first + change.op()) instanceof OpResult.SetDataResult set
                ? set.getStat().getVersion()
                : 0;
        cells.put(key, new Cell(key, value, zxid, version, change.lease()));
      }
    });
    return cells;
  }

  Map<String, Bucket> buckets(long zxid) {
    Map<String, Bucket> after = new LinkedHashMap<>();
    buckets.forEach((path, use) -> {
      if (use.set) {
        int version =
            use.bucket.isMissing() ? 0 : use.bucket.version() == -2 ? 0 : use.bucket.version() + 1;
        after.put(path, Bucket.decode(use.data, version, zxid));
      }
    });
    return after;
  }
}
