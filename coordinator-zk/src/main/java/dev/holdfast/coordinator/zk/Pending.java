// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.coordinator.zk.ZkPaths.Place;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * What this process was told of and has not applied: what an event or an answer of a ZooKeeper
 * connection means for the mirror.
 *
 * <p>The events of one transaction form a <b>group</b>; its beat is written last and closes it. An
 * event does not carry the value, so each dirty key is fetched. When no key of a group is dirty any
 * more, and all groups before it are complete, its revision is <b>applied</b>, and the watches are
 * told. A fetched value may be newer than its group: the key is then told with the later group.
 *
 * <p>Keys of the commits of this process are not fetched: their answer, which follows at once,
 * brings the value.
 *
 * <p>It owns the groups, the dirty keys, and who waits for them. Guarded by the lock of {@link
 * Mirror}; {@link Feed} decides what is heard, and calls {@link #advance} after each step.
 */
final class Pending {
  private final Cells cells;
  private final Leases leases;
  private final Buckets buckets;
  private final WatchDelivery<Observation> watches;
  private final Consumer<List<Cell>> sweeper;
  private final Groups groups = new Groups();
  private final DirtyKeys dirty = new DirtyKeys();
  private final Snapshots snapshots;

  /**
   * @param sweeper as {@link Mirror}'s
   */
  Pending(
      Cells cells,
      Leases leases,
      Buckets buckets,
      WatchDelivery<Observation> watches,
      Consumer<List<Cell>> sweeper) {
    this.cells = cells;
    this.leases = leases;
    this.buckets = buckets;
    this.watches = watches;
    this.sweeper = sweeper;
    this.snapshots = new Snapshots(cells, groups, dirty);
  }

  Groups groups() {
    return groups;
  }

  /** The newest that was told of, applied or not. */
  long seen() {
    return Math.max(groups.seen(), cells.applied());
  }

  // ---- Events and answers.

  void event(Feed.Source source, EventType type, Place place, long zxid) {
    switch (place) {
      case Place.OfBucket(String bucket) -> buckets.changed(bucket, zxid);
      case Place.OfEntry(EntryKey key) -> entryChanged(source, type, key, zxid);
      case Place.OfBeat() -> {
        groups.heardOfBeat(zxid);
        groups.at(zxid);
        groups.closeOpen();
      }
      case Place.OfLease(long session) -> leaseChanged(type, session, zxid);
    }
  }

  private void entryChanged(Feed.Source source, EventType type, EntryKey key, long zxid) {
    Group group = groups.at(zxid);
    group.keys.add(key);
    if (type == EventType.NodeDeleted) {
      cells.delete(key, zxid);
      known(key, zxid);
      return;
    }
    Cell cell = cells.get(key);
    if (cell == null || cell.zxid() < zxid) {
      dirty.add(key, group, source);
    }
  }

  private void known(EntryKey key, long zxid) {
    dirty.known(key, zxid, cells.get(key));
  }

  private void leaseChanged(EventType type, long session, long zxid) {
    if (type != EventType.NodeDeleted) {
      leases.begun(session);
      return;
    }
    leases.ended(session, zxid);
    Group group = groups.at(zxid);
    group.endedLease = session;
    List<Cell> ended = cells.matching(cell -> cell.lease() == session);
    ended.forEach(cell -> group.keys.add(cell.key()));
    dirty.addAllTo(group);
    groups.closeOpen();
    if (!ended.isEmpty()) {
      sweeper.accept(ended);
    }
  }

  /** What the znode of a key holds; null when there is none. */
  void fetched(Feed.Source source, EntryKey key, @Nullable Cell cell) {
    groups.closeOpen();
    dirty.fetched(key);
    if (cell != null) {
      cells.put(cell);
      known(key, cell.zxid());
    }
    dirty.fetchAgain(List.of(key), source);
  }

  /** Before a commit of this process is sent: events of these keys may be its own. */
  void committing(Set<EntryKey> keys) {
    dirty.committing(keys);
  }

  /** As {@link Feed#answered}. */
  void answered(
      Feed.Source source,
      Set<EntryKey> keys,
      Map<EntryKey, @Nullable Cell> put,
      Map<String, Bucket> written,
      long zxid) {
    groups.closeOpen();
    dirty.answered(keys);
    put.forEach((key, cell) -> {
      if (cell != null) {
        cells.put(cell);
        known(key, zxid);
      }
    });
    written.forEach(buckets::keep);
    dirty.fetchAgain(keys, source);
  }

  /** Applies what is complete, in order, and tells who waits for it and the watches. */
  void advance() {
    for (Group next = groups.nextComplete(); next != null; next = groups.nextComplete()) {
      cells.apply(next.zxid);
      long applied = cells.applied();
      List<Observation> told = cells.changesOf(next);
      if (!told.isEmpty()) {
        watches.changed(told, applied);
      }
      next.waiting.forEach(reached -> reached.complete(applied));
    }
    snapshots.answer();
  }

  /** The connection was lost. Who waits for a revision waits on, and is returned. */
  List<CompletableFuture<Long>> forget() {
    dirty.forget();
    return groups.forget();
  }

  // ---- Who waits.

  /** Completed with the applied revision, once all that was told until now is applied. */
  void await(CompletableFuture<Long> reached) {
    Group newest = groups.newest();
    if (newest == null) {
      reached.complete(cells.applied());
    } else {
      newest.waiting.add(reached);
    }
  }

  /** As {@link Mirror#cell}. */
  CompletableFuture<Optional<Cell>> cell(EntryKey key) {
    CompletableFuture<Optional<Cell>> coming = dirty.await(key);
    return coming == null
        ? CompletableFuture.completedFuture(Optional.ofNullable(cells.get(key)))
        : coming;
  }

  /** As {@link Mirror#snapshot}; not answered before the next {@link #advance}. */
  CompletableFuture<List<Observation>> snapshot(List<EntryKey> keys) {
    return snapshots.ask(keys);
  }
}
