// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What this process has applied: a copy of all entries below {@code live}. Here any thread asks;
 * {@link Feed} is where the event thread of the client tells.
 *
 * <p>It owns the lock under which all of it changes, so that each answer is as of one moment
 * between two steps of the feed. The lock guards, with one owner for each:
 *
 * <ul>
 *   <li>{@link Cells}: the znodes of entries, their deletions, and what is applied
 *   <li>{@link Leases}: which sessions live
 *   <li>{@link Buckets}: which buckets there are, and what they hold
 *   <li>{@link Feed}: how far the connection is; its {@link Groups} and {@link DirtyKeys}: what was
 *       told of and is not applied
 * </ul>
 *
 * <p>Nothing in here waits or does I/O. What is not known yet is answered by a future, which
 * completes on the event thread.
 */
final class Mirror {
  private final ReentrantLock lock = new ReentrantLock();
  private final Leases leases = new Leases();
  private final Buckets buckets = new Buckets();
  private final Cells cells;
  private final WatchDelivery<Observation> watches;
  private final Feed feed;

  /**
   * @param sweeper told of entries whose lease has ended: somebody should remove their znodes. Must
   *     return at once
   */
  Mirror(ZkPaths paths, WatchDelivery<Observation> watches, Consumer<List<Cell>> sweeper) {
    this.cells = new Cells(paths, leases, buckets);
    this.watches = watches;
    this.feed = new Feed(lock, paths, cells, leases, buckets, watches, sweeper);
  }

  Feed feed() {
    return feed;
  }

  long applied() {
    return cells.applied();
  }

  /** The newest commit that the feed has told of; what is applied may be a little behind. */
  long seen() {
    return feed.seen();
  }

  /** The newest commit of any node that this one has heard of. */
  long newestBeat() {
    return feed.newestBeat();
  }

  /** What makes revisions of the zxids that are in here. */
  Revisions revisions() {
    return feed.revisions();
  }

  /** False while a connection begins, and what comes of it may count with a step not known yet. */
  boolean hears() {
    return feed.hears();
  }

  Observation observe(EntryKey key) {
    lock.lock();
    try {
      return cells.observe(key, cells.applied());
    } finally {
      lock.unlock();
    }
  }

  /** Entries from a key on, in the order of this map. */
  List<Entry> scan(String prefix, @Nullable EntryKey after, int limit) {
    List<Entry> entries = new ArrayList<>();
    for (Cell cell : cells.from(prefix, after)) {
      if (!cell.key().startsWith(prefix)) {
        break;
      }
      if (cell.lease() == 0 || isLeaseLive(cell.lease())) {
        entries.add(cell.entry());
      }
      if (entries.size() == limit) {
        break;
      }
    }
    return entries;
  }

  /** All of the keys as they were at one revision, which is not before the call. */
  CompletableFuture<List<Observation>> snapshot(List<EntryKey> keys) {
    return feed.snapshot(keys);
  }

  /**
   * The znode of an entry, also when its lease has ended, as it was at the call or later; waits
   * while a change is known of and not its value. Without that wait a commit could take for absent
   * what its bucket, read meanwhile, already counts.
   */
  CompletableFuture<Optional<Cell>> cell(EntryKey key) {
    return feed.cell(key);
  }

  boolean isLeaseLive(long lease) {
    lock.lock();
    try {
      return leases.isLive(lease);
    } finally {
      lock.unlock();
    }
  }

  /** When it ended, or a later moment. */
  long leaseEnded(long lease) {
    lock.lock();
    try {
      return leases.endOf(lease, cells.floor());
    } finally {
      lock.unlock();
    }
  }

  /** A bucket if it is known as of now; null when it must be read. */
  @Nullable Bucket bucket(String path) {
    lock.lock();
    try {
      return feed.isSynced() ? buckets.get(path) : null;
    } finally {
      lock.unlock();
    }
  }

  /** A watch of what is applied from now on. */
  Watch watch(String prefix, WatchListener listener) {
    lock.lock();
    try {
      return watches.add(prefix, seen -> seen.key().startsWith(prefix), listener, cells.applied());
    } finally {
      lock.unlock();
    }
  }
}
