// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.coordinator.zk.ZkPaths.Place;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the {@link Mirror} with what one persistent-recursive watch tells.
 *
 * <p>It rests on the one order that a ZooKeeper connection keeps: events and answers come in the
 * order of the server's state, an event before any answer that shows its change. All of them are
 * handed in here by the event thread of the client, one after another, so at each step it is known
 * which keys may have changed and which surely are as the server has them: see {@link Pending}.
 *
 * <p>After a reconnect events may be missing (R6). {@link #begin} forgets all that is under way, a
 * {@link Load} reads everything again under the same watch, and {@link #loaded} asks the watches to
 * scan. What a session tells that was replaced meanwhile is too late, and dropped.
 *
 * <p>It owns how far the connection is: whose it is, whether it is heard, whether it is loaded, and
 * how revisions are made. All of that, and what it feeds, is guarded by the mirror's lock; each
 * method takes it. Futures complete, and watches are told, under the lock.
 */
final class Feed {
  /** A session: where values are fetched. Calls back with {@link #fetched} on the event thread. */
  interface Source {
    void fetch(EntryKey key);
  }

  private final ReentrantLock lock;
  private final ZkPaths paths;
  private final Cells cells;
  private final Leases leases;
  private final Buckets buckets;
  private final WatchDelivery<Observation> watches;
  private final Consumer<List<Cell>> sweeper;
  private final Pending pending;

  private final List<CompletableFuture<Long>> afterLoad = new ArrayList<>();
  private @Nullable Source source;
  private boolean synced;
  private boolean deaf;
  private volatile Revisions revisions = Revisions.UNKNOWN;

  /**
   * @param lock the mirror's, which guards this and the cells, the leases and the buckets
   * @param sweeper as the mirror's
   */
  Feed(
      ReentrantLock lock,
      ZkPaths paths,
      Cells cells,
      Leases leases,
      Buckets buckets,
      WatchDelivery<Observation> watches,
      Consumer<List<Cell>> sweeper) {
    this.lock = lock;
    this.paths = paths;
    this.cells = cells;
    this.leases = leases;
    this.buckets = buckets;
    this.watches = watches;
    this.sweeper = sweeper;
    this.pending = new Pending(cells, leases, buckets, watches, sweeper);
  }

  // ---- What the mirror asks, for any thread.

  Revisions revisions() {
    return revisions;
  }

  long newestBeat() {
    return pending.groups().newestBeat();
  }

  boolean hears() {
    lock.lock();
    try {
      return !deaf;
    } finally {
      lock.unlock();
    }
  }

  boolean isSynced() {
    lock.lock();
    try {
      return synced;
    } finally {
      lock.unlock();
    }
  }

  long seen() {
    lock.lock();
    try {
      return pending.seen();
    } finally {
      lock.unlock();
    }
  }

  CompletableFuture<Optional<Cell>> cell(EntryKey key) {
    lock.lock();
    try {
      return pending.cell(key);
    } finally {
      lock.unlock();
    }
  }

  CompletableFuture<List<Observation>> snapshot(List<EntryKey> keys) {
    lock.lock();
    try {
      CompletableFuture<List<Observation>> answer = pending.snapshot(keys);
      advance();
      return answer;
    } finally {
      lock.unlock();
    }
  }

  // ---- A connection and its load.

  /**
   * A connection begins, or revisions are made in a new way: until {@link #loaded} nothing is
   * certain, and until {@link #hear} nothing is heard. What would be told until then is read by the
   * load, which comes later.
   */
  void begin(Source newSource) {
    lock.lock();
    try {
      source = newSource;
      synced = false;
      deaf = true;
      buckets.forget();
      afterLoad.addAll(pending.forget());
    } finally {
      lock.unlock();
    }
  }

  /** First in a load, on the event thread. */
  void hear(Source from, Revisions now) {
    lock.lock();
    try {
      if (isPresent(from)) {
        revisions = now;
        deaf = false;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Not replaced: what a session of the past still tells is too late. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isPresent(Source from) {
    return from == source;
  }

  private boolean isHeard(Source from) {
    return isPresent(from) && !deaf;
  }

  /** In a load: something was changed at this zxid; it is not applied here yet. */
  void heardOf(long zxid) {
    lock.lock();
    try {
      pending.groups().heardOf(zxid);
    } finally {
      lock.unlock();
    }
  }

  /** In a load: there was a commit at this zxid. */
  void heardOfBeat(long zxid) {
    lock.lock();
    try {
      pending.groups().heardOfBeat(zxid);
    } finally {
      lock.unlock();
    }
  }

  void leasesListed(Source from, Set<Long> live) {
    lock.lock();
    try {
      if (isPresent(from)) {
        leases.listed(live);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Keys by bucket before a load, to find out which went. */
  Map<String, List<EntryKey>> keysByBucket() {
    return cells.keysByBucket();
  }

  /** Cells of this bucket that are not listed went while nobody was told. */
  void listed(Source from, String bucket, Set<EntryKey> names, List<EntryKey> before) {
    lock.lock();
    try {
      if (isPresent(from)) {
        buckets.listed(bucket);
        before.stream().filter(key -> !names.contains(key)).forEach(cells::miss);
      }
    } finally {
      lock.unlock();
    }
  }

  /** All is read that was there at this zxid. */
  void loaded(Source from, long zxid) {
    List<Cell> ended;
    lock.lock();
    try {
      if (!isPresent(from)) {
        return;
      }
      synced = true;
      pending.groups().heardOf(zxid);
      cells.apply(zxid);
      cells.raiseFloor(pending.seen());
      ended = cells.matching(cell -> !leases.isAlive(cell));
      watches.resync(cells.applied());
      afterLoad.forEach(pending::await);
      afterLoad.clear();
      advance();
    } finally {
      lock.unlock();
    }
    if (!ended.isEmpty()) {
      sweeper.accept(ended);
    }
  }

  // ---- Events and answers, on the event thread.

  void event(Source from, EventType type, String path, long zxid) {
    Place place = paths.place(path);
    if (place == null) {
      return;
    }
    lock.lock();
    try {
      if (isHeard(from)) {
        pending.event(from, type, place, zxid);
        advance();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What the znode of a key holds; null when there is none. */
  void fetched(Source from, EntryKey key, @Nullable Cell cell) {
    lock.lock();
    try {
      if (isHeard(from)) {
        pending.fetched(from, key, cell);
        advance();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What a bucket holds. */
  void bucketRead(Source from, String path, Bucket bucket) {
    lock.lock();
    try {
      if (isHeard(from) && !bucket.isMissing()) {
        buckets.keep(path, bucket);
      }
    } finally {
      lock.unlock();
    }
  }

  /** At an answer: completes with the applied zxid, once all that was told is applied (R4). */
  CompletableFuture<Long> barrierAtAnswer(Source from) {
    CompletableFuture<Long> reached = new CompletableFuture<>();
    lock.lock();
    try {
      if (isPresent(from)) {
        pending.groups().closeOpen();
      }
      if (isPresent(from) && synced) {
        pending.await(reached);
        advance();
      } else {
        afterLoad.add(reached);
      }
    } finally {
      lock.unlock();
    }
    return reached;
  }

  /** On the caller's thread, before a commit is sent: events of these keys may be its own. */
  void committing(Set<EntryKey> keys) {
    lock.lock();
    try {
      pending.committing(keys);
    } finally {
      lock.unlock();
    }
  }

  /**
   * When a commit of this process was answered, or never will be.
   *
   * @param put what it wrote, by key; null where it deleted; empty when it was not applied
   * @param written the buckets that it set
   */
  void answered(
      Source from,
      Set<EntryKey> keys,
      Map<EntryKey, @Nullable Cell> put,
      Map<String, Bucket> written,
      long zxid) {
    lock.lock();
    try {
      if (isPresent(from)) {
        pending.answered(from, keys, put, written, zxid);
        advance();
      }
    } finally {
      lock.unlock();
    }
  }

  private void advance() {
    if (synced) {
      pending.advance();
    }
  }
}
