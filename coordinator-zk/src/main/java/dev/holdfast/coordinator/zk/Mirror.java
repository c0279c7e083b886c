package dev.holdfast.coordinator.zk;

import dev.holdfast.coordinator.zk.ZkPaths.Place;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * What this process has applied: a copy of all entries below {@code live}, fed by one
 * persistent-recursive watch.
 *
 * <p>It rests on the one order that a ZooKeeper connection keeps: events and answers come in the
 * order of the server's state, an event before any answer that shows its change. All of them are
 * handed in here by the event thread of the client, one after another, so at each step it is known
 * which keys may have changed ("dirty") and which surely are as the server has them.
 *
 * <p>The events of one transaction form a <b>group</b>; its beat is written last and closes it. An
 * event does not carry the value, so each dirty key is fetched. When no key of a group is dirty any
 * more, and all groups before it are complete, its revision is <b>applied</b>, and the watches are
 * told. A fetched value may be newer than its group: the key is then told with the later group.
 *
 * <p>Keys of the commits of this process are not fetched: their answer, which follows at once,
 * brings the value.
 *
 * <p>After a reconnect events may be missing. {@link #begin} forgets all that is under way, a load
 * reads everything again under the same watch, and {@link #loaded} asks the watches to scan.
 */
final class Mirror {
  /** Deletions that are known key by key; before them, only the last one of all is. */
  private static final int TOMBS_MAX = 100_000;

  private static final int BUCKETS_MAX = 16_384;

  /** Where values are fetched. Calls back with {@link #fetched} on the event thread. */
  interface Source {
    void fetch(EntryKey key);
  }

  private final ZkPaths paths;
  private final WatchHub watches;
  private final Consumer<List<Cell>> sweeper;

  private final ConcurrentSkipListMap<String, Cell> cells = new ConcurrentSkipListMap<>();
  private volatile long applied;
  private volatile long newestBeat;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<EntryKey, Dirty> dirty = new HashMap<>();
  private final ArrayDeque<Group> groups = new ArrayDeque<>();
  private final Map<EntryKey, Integer> ownInFlight = new HashMap<>();
  private final Set<Long> liveLeases = new HashSet<>();
  private final Map<Long, Long> deaths = new HashMap<>();
  private final Set<String> bucketsThere = new HashSet<>();
  private final List<CompletableFuture<Long>> afterLoad = new ArrayList<>();
  private final List<SnapshotRequest> snapshots = new ArrayList<>();
  private final LinkedHashMap<EntryKey, Long> tombs = new LinkedHashMap<>();

  private final LinkedHashMap<String, Bucket> buckets =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > BUCKETS_MAX;
        }
      };

  private @Nullable Source source;
  private @Nullable Group open;
  private boolean synced;
  private boolean deaf;
  private volatile Revisions revisions = Revisions.UNKNOWN;
  private long seen;
  private long floor;

  /**
   * @param sweeper told of entries whose lease has ended: somebody should remove their znodes
   */
  Mirror(ZkPaths paths, WatchHub watches, Consumer<List<Cell>> sweeper) {
    this.paths = paths;
    this.watches = watches;
    this.sweeper = sweeper;
  }

  private static final class Dirty {
    final long since;
    final List<Group> groups = new ArrayList<>();
    final List<CompletableFuture<Optional<Cell>>> waiting = new ArrayList<>();
    boolean fetching;

    Dirty(long since) {
      this.since = since;
    }
  }

  private static final class Group {
    final long zxid;
    final Set<EntryKey> keys = new HashSet<>();
    final List<CompletableFuture<Long>> waiting = new ArrayList<>();

    /** The session whose end this group is, 0 for a commit. */
    long endedLease;

    int dirtyKeys;
    boolean closed;

    Group(long zxid) {
      this.zxid = zxid;
    }
  }

  private record SnapshotRequest(
      List<EntryKey> keys, CompletableFuture<List<Observation>> answer) {}

  // ---- What other threads ask.

  long applied() {
    return applied;
  }

  /** What makes revisions of the zxids that are in here. */
  Revisions revisions() {
    return revisions;
  }

  /** False while a connection begins, and what comes of it may count with a step not known yet. */
  boolean hears() {
    lock.lock();
    try {
      return !deaf;
    } finally {
      lock.unlock();
    }
  }

  /** The newest commit of any node that this one has heard of. */
  long newestBeat() {
    return newestBeat;
  }

  /** On the event thread or in a load: there was a commit at this revision. */
  void beat(long zxid) {
    lock.lock();
    try {
      newestBeat = Math.max(newestBeat, zxid);
    } finally {
      lock.unlock();
    }
  }

  /** Something was changed at this revision; it is not applied here yet. */
  void heardOf(long revision) {
    lock.lock();
    try {
      seen = Math.max(seen, revision);
    } finally {
      lock.unlock();
    }
  }

  /** The newest commit that the stream has told of; what is applied may be a little behind. */
  long seen() {
    lock.lock();
    try {
      return Math.max(seen, applied);
    } finally {
      lock.unlock();
    }
  }

  Observation observe(EntryKey key) {
    lock.lock();
    try {
      return observeLocked(key, applied);
    } finally {
      lock.unlock();
    }
  }

  private Observation observeLocked(EntryKey key, long atLeast) {
    Cell cell = cells.get(key.value());
    if (cell != null && isAlive(cell)) {
      return new Observation(
          key, cell.entry(), lastDeletedLocked(key), Math.max(atLeast, cell.zxid()));
    }
    long deleted = lastDeletedLocked(key);
    return new Observation(key, null, deleted, Math.max(atLeast, deleted));
  }

  private boolean isAlive(Cell cell) {
    return cell.lease() == 0 || liveLeases.contains(cell.lease());
  }

  /** Not before the last deletion of the key as far as this process has applied. */
  private long lastDeletedLocked(EntryKey key) {
    Cell cell = cells.get(key.value());
    if (cell != null && !isAlive(cell)) {
      return deaths.getOrDefault(cell.lease(), floor);
    }
    Long tomb = tombs.get(key);
    if (tomb != null) {
      return tomb;
    }
    String bucket = paths.bucket(key);
    if (!bucketsThere.contains(bucket)) {
      return 0;
    }
    Bucket known = buckets.get(bucket);
    return known == null ? floor : Math.min(known.lastDeleted(key), Math.max(floor, applied));
  }

  /** Entries from a key on, in the order of this map. */
  List<Entry> scan(String prefix, @Nullable EntryKey after, int limit) {
    boolean fromPrefix = after == null || after.value().compareTo(prefix) < 0;
    var tail =
        fromPrefix || after == null
            ? cells.tailMap(prefix, true)
            : cells.tailMap(after.value(), false);
    List<Entry> entries = new ArrayList<>();
    for (Cell cell : tail.values()) {
      if (!cell.key().startsWith(prefix)) {
        break;
      }
      if (isAliveNow(cell)) {
        entries.add(cell.entry());
      }
      if (entries.size() == limit) {
        break;
      }
    }
    return entries;
  }

  private boolean isAliveNow(Cell cell) {
    if (cell.lease() == 0) {
      return true;
    }
    lock.lock();
    try {
      return isAlive(cell);
    } finally {
      lock.unlock();
    }
  }

  /** Completes with the applied revision, once all that was told until now is applied. */
  CompletableFuture<Long> barrier() {
    CompletableFuture<Long> reached = new CompletableFuture<>();
    lock.lock();
    try {
      await(reached);
    } finally {
      lock.unlock();
    }
    return reached;
  }

  private void await(CompletableFuture<Long> reached) {
    Group last = groups.peekLast();
    if (!synced) {
      afterLoad.add(reached);
    } else if (last == null) {
      reached.complete(applied);
    } else {
      last.waiting.add(reached);
    }
  }

  /** All of the keys as they were at one revision, which is not before the call. */
  CompletableFuture<List<Observation>> snapshot(List<EntryKey> keys) {
    SnapshotRequest request = new SnapshotRequest(keys, new CompletableFuture<>());
    lock.lock();
    try {
      if (!answer(request)) {
        snapshots.add(request);
      }
    } finally {
      lock.unlock();
    }
    return request.answer;
  }

  /** True between two transactions, when none of the keys may have changed unnoticed. */
  private boolean answer(SnapshotRequest request) {
    if (request.answer.isDone()) {
      return true;
    }
    if (!synced || open != null || request.keys.stream().anyMatch(dirty::containsKey)) {
      return false;
    }
    long revision = Math.max(seen, applied);
    request.answer.complete(
        request.keys.stream()
            .map(key -> observeLocked(key, revision))
            .map(seenKey ->
                new Observation(
                    seenKey.key(),
                    seenKey.entry(),
                    Math.min(seenKey.lastDeleted(), revision),
                    revision))
            .toList());
    return true;
  }

  /**
   * The znode of an entry, also when its lease has ended, as it was at the call or later; waits
   * while a change is known of and not its value. Without that wait a commit could take for absent
   * what its bucket, read meanwhile, already counts.
   */
  CompletableFuture<Optional<Cell>> cell(EntryKey key) {
    CompletableFuture<Optional<Cell>> found = new CompletableFuture<>();
    lock.lock();
    try {
      Dirty state = dirty.get(key);
      if (state == null) {
        found.complete(Optional.ofNullable(cells.get(key.value())));
      } else {
        state.waiting.add(found);
      }
    } finally {
      lock.unlock();
    }
    return found;
  }

  boolean isLeaseLive(long lease) {
    lock.lock();
    try {
      return liveLeases.contains(lease);
    } finally {
      lock.unlock();
    }
  }

  /** When it ended, or a later moment. */
  long leaseEnded(long lease) {
    lock.lock();
    try {
      return deaths.getOrDefault(lease, floor);
    } finally {
      lock.unlock();
    }
  }

  /** A bucket if it is known as of now; null when it must be read. */
  @Nullable Bucket bucket(String path) {
    lock.lock();
    try {
      if (!synced) {
        return null;
      }
      return bucketsThere.contains(path) ? buckets.get(path) : Bucket.NONE;
    } finally {
      lock.unlock();
    }
  }

  Watch watch(String prefix, WatchListener listener) {
    lock.lock();
    try {
      return watches.add(prefix, listener, applied);
    } finally {
      lock.unlock();
    }
  }

  // ---- What the event thread tells.

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
      UnavailableException lost = new UnavailableException("The connection was lost");
      dirty
          .values()
          .forEach(state -> state.waiting.forEach(one -> one.completeExceptionally(lost)));
      dirty.clear();
      ownInFlight.clear();
      buckets.clear();
      groups.forEach(group -> afterLoad.addAll(group.waiting));
      groups.clear();
      open = null;
    } finally {
      lock.unlock();
    }
  }

  /** First in a load, on the event thread. */
  void hear(Source from, Revisions now) {
    lock.lock();
    try {
      if (!isPast(from)) {
        revisions = now;
        deaf = false;
      }
    } finally {
      lock.unlock();
    }
  }

  void event(Source from, EventType type, String path, long zxid) {
    Place place = paths.place(path);
    if (place == null) {
      return;
    }
    lock.lock();
    try {
      if (isPast(from) || deaf) {
        return;
      }
      switch (place) {
        case Place.OfBucket(String bucket) -> bucketChanged(bucket, zxid);
        case Place.OfEntry(EntryKey key) -> entryChanged(type, key, zxid);
        case Place.OfBeat() -> {
          beat(zxid);
          close(groupAt(zxid));
        }
        case Place.OfLease(long session) -> leaseChanged(type, session, zxid);
      }
      advance();
    } finally {
      lock.unlock();
    }
  }

  /** A session that was replaced: what it still tells is too late. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isPast(Source from) {
    return from != source;
  }

  private void bucketChanged(String path, long zxid) {
    bucketsThere.add(path);
    Bucket known = buckets.get(path);
    if (known != null && known.zxid() < zxid) {
      buckets.remove(path);
    }
  }

  private Group groupAt(long zxid) {
    Group current = open;
    if (current != null && current.zxid == zxid) {
      return current;
    }
    if (current != null) {
      // Somebody else wrote below our root: no beat follows.
      close(current);
    }
    Group group = new Group(zxid);
    groups.add(group);
    open = group;
    return group;
  }

  private void close(Group group) {
    group.closed = true;
    seen = Math.max(seen, group.zxid);
    open = null;
  }

  private void entryChanged(EventType type, EntryKey key, long zxid) {
    Group group = groupAt(zxid);
    group.keys.add(key);
    Cell cell = cells.get(key.value());
    if (type == EventType.NodeDeleted) {
      if (cell == null || cell.zxid() < zxid) {
        bury(key, zxid);
      }
      known(key, zxid);
      return;
    }
    if (cell != null && cell.zxid() >= zxid) {
      return;
    }
    soil(key, zxid, group);
    if (!ownInFlight.containsKey(key)) {
      fetch(key);
    }
  }

  private void soil(EntryKey key, long zxid, Group group) {
    Dirty before = dirty.get(key);
    Dirty now = new Dirty(zxid);
    if (before != null) {
      now.groups.addAll(before.groups);
      now.waiting.addAll(before.waiting);
      now.fetching = before.fetching;
    }
    if (!now.groups.contains(group)) {
      now.groups.add(group);
      group.dirtyKeys++;
    }
    dirty.put(key, now);
  }

  private void fetch(EntryKey key) {
    Dirty state = dirty.get(key);
    Source from = source;
    if (state != null && !state.fetching && from != null) {
      state.fetching = true;
      from.fetch(key);
    }
  }

  /** The cell of the key is as it was at this moment, or later. */
  private void known(EntryKey key, long zxid) {
    Dirty state = dirty.get(key);
    if (state == null) {
      return;
    }
    state.groups.removeIf(group -> {
      boolean satisfied = group.zxid <= zxid;
      group.dirtyKeys -= satisfied ? 1 : 0;
      return satisfied;
    });
    if (state.since <= zxid) {
      dirty.remove(key);
      // Also later groups, which wrote other things and only had to know whose the value is.
      state.groups.forEach(group -> group.dirtyKeys--);
      state.groups.clear();
      Optional<Cell> cell = Optional.ofNullable(cells.get(key.value()));
      state.waiting.forEach(reached -> reached.complete(cell));
    }
  }

  private void bury(EntryKey key, long zxid) {
    cells.remove(key.value());
    tombs.remove(key);
    tombs.put(key, zxid);
    if (tombs.size() > TOMBS_MAX) {
      Map.Entry<EntryKey, Long> eldest = tombs.pollFirstEntry();
      floor = Math.max(floor, eldest == null ? 0 : eldest.getValue());
    }
  }

  private void place(Cell cell) {
    Cell before = cells.get(cell.key().value());
    boolean newer =
        before == null
            ? cell.zxid() >= tombs.getOrDefault(cell.key(), 0L)
            : cell.zxid() > before.zxid();
    if (newer) {
      cells.put(cell.key().value(), cell);
      tombs.remove(cell.key());
    }
  }

  /** An answer comes between two transactions: what was written by somebody else has no beat. */
  private void endOpenGroup() {
    if (open != null) {
      close(open);
    }
  }

  /** {@link #barrier} on the event thread, at an answer. */
  CompletableFuture<Long> barrierAtAnswer(Source from) {
    CompletableFuture<Long> reached = new CompletableFuture<>();
    lock.lock();
    try {
      if (isPast(from)) {
        afterLoad.add(reached);
        return reached;
      }
      endOpenGroup();
      await(reached);
      advance();
    } finally {
      lock.unlock();
    }
    return reached;
  }

  /** What the znode of a key holds; null when there is none. */
  void fetched(Source from, EntryKey key, @Nullable Cell cell) {
    lock.lock();
    try {
      if (isPast(from) || deaf) {
        return;
      }
      endOpenGroup();
      Dirty state = dirty.get(key);
      if (state != null) {
        state.fetching = false;
      }
      if (cell != null) {
        place(cell);
        known(key, cell.zxid());
      }
      if (dirty.containsKey(key) && !ownInFlight.containsKey(key)) {
        fetch(key);
      }
      advance();
    } finally {
      lock.unlock();
    }
  }

  private void leaseChanged(EventType type, long session, long zxid) {
    if (type != EventType.NodeDeleted) {
      liveLeases.add(session);
      return;
    }
    liveLeases.remove(session);
    deaths.put(session, zxid);
    Group group = groupAt(zxid);
    group.endedLease = session;
    List<Cell> ended = cells.values().stream().filter(cell -> cell.lease() == session).toList();
    ended.forEach(cell -> group.keys.add(cell.key()));
    // A value that is under way may turn out to belong to the lease.
    dirty.forEach((key, state) -> {
      group.keys.add(key);
      group.dirtyKeys++;
      state.groups.add(group);
    });
    close(group);
    if (!ended.isEmpty()) {
      sweeper.accept(ended);
    }
  }

  // ---- Commits of this process.

  /** Before a commit is sent: events of these keys may be its own. */
  void committing(Set<EntryKey> keys) {
    lock.lock();
    try {
      keys.forEach(key -> ownInFlight.merge(key, 1, Integer::sum));
    } finally {
      lock.unlock();
    }
  }

  /**
   * On the event thread, when a commit was answered, or never will be.
   *
   * @param put what it wrote, by key; null where it deleted; empty when it was not applied
   */
  void answered(
      Source from,
      Set<EntryKey> keys,
      Map<EntryKey, @Nullable Cell> put,
      Map<String, Bucket> written,
      long zxid) {
    lock.lock();
    try {
      if (isPast(from)) {
        return;
      }
      endOpenGroup();
      keys.forEach(
          key -> ownInFlight.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1));
      put.forEach((key, cell) -> {
        if (cell != null) {
          place(cell);
          known(key, zxid);
        }
      });
      written.forEach((path, bucket) -> {
        bucketsThere.add(path);
        remember(path, bucket);
      });
      for (EntryKey key : keys) {
        if (dirty.containsKey(key) && !ownInFlight.containsKey(key)) {
          fetch(key);
        }
      }
      advance();
    } finally {
      lock.unlock();
    }
  }

  /** On the event thread: what a bucket holds. */
  void bucketRead(Source from, String path, Bucket bucket) {
    lock.lock();
    try {
      if (!isPast(from) && !deaf && !bucket.isMissing()) {
        bucketsThere.add(path);
        remember(path, bucket);
      }
    } finally {
      lock.unlock();
    }
  }

  private void remember(String path, Bucket bucket) {
    Bucket known = buckets.get(path);
    if (known == null || known.zxid() <= bucket.zxid()) {
      buckets.put(path, bucket);
    }
  }

  // ---- A load.

  void leasesListed(Source from, Set<Long> live) {
    lock.lock();
    try {
      if (!isPast(from)) {
        liveLeases.retainAll(live);
        liveLeases.addAll(live);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Cells of this bucket that are not listed went while nobody was told. */
  void listed(Source from, String bucket, Set<EntryKey> names, List<EntryKey> before) {
    lock.lock();
    try {
      if (isPast(from)) {
        return;
      }
      bucketsThere.add(bucket);
      for (EntryKey key : before) {
        if (!names.contains(key)) {
          cells.remove(key.value());
          tombs.remove(key);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Keys by bucket, to find out which went. */
  Map<String, List<EntryKey>> keysByBucket() {
    Map<String, List<EntryKey>> all = new HashMap<>();
    cells
        .values()
        .forEach(cell ->
            all.computeIfAbsent(paths.bucket(cell.key()), _ -> new ArrayList<>()).add(cell.key()));
    return all;
  }

  /** All is read that was there at this revision. */
  void loaded(Source from, long revision) {
    List<Cell> ended;
    lock.lock();
    try {
      if (isPast(from)) {
        return;
      }
      synced = true;
      seen = Math.max(seen, revision);
      applied = Math.max(applied, revision);
      floor = Math.max(floor, Math.max(seen, applied));
      ended = cells.values().stream().filter(cell -> !isAlive(cell)).toList();
      watches.resync(applied);
      List<CompletableFuture<Long>> waiting = new ArrayList<>(afterLoad);
      afterLoad.clear();
      waiting.forEach(this::await);
      advance();
    } finally {
      lock.unlock();
    }
    if (!ended.isEmpty()) {
      sweeper.accept(ended);
    }
  }

  // ---- Groups.

  private void advance() {
    if (!synced) {
      return;
    }
    for (Group head = groups.peekFirst();
        head != null && head.closed && head.dirtyKeys == 0;
        head = groups.peekFirst()) {
      groups.removeFirst();
      applied = Math.max(applied, head.zxid);
      List<Observation> told = changesOf(head);
      if (!told.isEmpty()) {
        watches.changed(told, applied);
      }
      head.waiting.forEach(reached -> reached.complete(applied));
    }
    snapshots.removeIf(this::answer);
  }

  private List<Observation> changesOf(Group group) {
    List<Observation> changes = new ArrayList<>();
    for (EntryKey key : group.keys) {
      Observation change = changeIn(group, key);
      if (change != null) {
        changes.add(change);
      }
    }
    return changes;
  }

  /** Null when a later group tells of the key, or it did not change here. */
  private @Nullable Observation changeIn(Group group, EntryKey key) {
    Cell cell = cells.get(key.value());
    if (group.endedLease != 0) {
      return cell != null && cell.lease() == group.endedLease && cell.zxid() < group.zxid
          ? new Observation(key, null, group.zxid, group.zxid)
          : null;
    }
    if (cell == null) {
      long deleted = tombs.getOrDefault(key, group.zxid);
      return deleted > group.zxid ? null : new Observation(key, null, deleted, group.zxid);
    }
    if (cell.zxid() > group.zxid) {
      return null;
    }
    if (isAlive(cell)) {
      return new Observation(
          key, cell.entry(), Math.min(lastDeletedLocked(key), group.zxid), group.zxid);
    }
    return deaths.getOrDefault(cell.lease(), 0L) > group.zxid
        ? null
        : new Observation(key, null, group.zxid, group.zxid);
  }
}
