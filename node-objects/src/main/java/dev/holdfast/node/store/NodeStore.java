package dev.holdfast.node.store;

import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/**
 * The records of a node. Thread-safe. What a writing method has returned survives a crash; many
 * callers share one fsync. A reader sees what was committed before it began.
 *
 * <p>A row that rotted is given up: it counts as absent, a copy of it is kept aside, and what it
 * held is queued to be fetched from the other holders.
 */
public final class NodeStore implements AutoCloseable {
  private static final long COUNTER_BLOCK = 1_000;
  private static final byte[] CHUNKS_OPENED = "chunks-opened".getBytes(StandardCharsets.UTF_8);

  private static final byte[] ANNOUNCED = "announced".getBytes(StandardCharsets.UTF_8);

  private final StoreIdentity identity;
  private final Lmdb lmdb;
  private final GroupCommit writer;
  private final VersionRows versions;
  private final HeadRows heads;
  private final QueueRows queue;
  private final Counters counters;
  private final SpaceGuard space;
  private final StagedRows stagings;
  private final RowDoctor doctor;
  private volatile Runnable onQueued = () -> {};

  /** Guards the leased block of counters. */
  private final ReentrantLock dots = new ReentrantLock();

  private long nextCounter;
  private long leasedUntil;

  private NodeStore(
      StoreIdentity identity, Lmdb lmdb, GroupCommit writer, SpaceGuard space, Damage damage) {
    this.identity = identity;
    this.lmdb = lmdb;
    this.writer = writer;
    this.space = space;
    this.counters = new Counters(lmdb);
    this.versions = new VersionRows(lmdb);
    this.queue = new QueueRows(lmdb, counters);
    this.doctor = new RowDoctor(lmdb, writer, versions, queue, damage);
    this.heads = new HeadRows(new ListingTrie(lmdb.listing, lmdb.meta, doctor::head));
    this.stagings = new StagedRows(lmdb, writer, versions, counters, doctor);
  }

  /**
   * @param folder for the records alone; made when it is missing
   * @throws StoreFailedException when the folder is foreign or cannot be used
   */
  static NodeStore open(
      Path folder,
      StoreIdentity identity,
      StoreSettings settings,
      SpaceGuard space,
      Fatal fatal,
      Damage damage) {
    StoreMarker.guard(folder, identity, true);
    try {
      Lmdb lmdb = new Lmdb(folder, settings.mapBytes());
      return new NodeStore(
          identity, lmdb, new GroupCommit(lmdb, space, fatal, "store-writer"), space, damage);
    } catch (RuntimeException | LinkageError e) {
      throw new StoreFailedException("Cannot open LMDB in " + folder, e);
    }
  }

  /** Called after something was put into the queue, on the thread that did it. */
  public void onQueued(Runnable listener) {
    onQueued = listener;
    doctor.onQueued(listener);
  }

  /** A dot that was never used and never will be again, also after a crash. */
  public Dot nextDot() {
    dots.lock();
    try {
      if (nextCounter >= leasedUntil) {
        long first = writer.write(txn -> counters.advance(txn, Counters.DOTS, COUNTER_BLOCK));
        nextCounter = first;
        leasedUntil = first + COUNTER_BLOCK;
      }
      return new Dot(identity.nodeId(), identity.incarnation(), nextCounter++);
    } finally {
      dots.unlock();
    }
  }

  public Optional<VersionRecord> version(ObjectKey key, VersionId id) {
    byte[] place = VersionRows.place(key, id);
    byte[] row = lmdb.read(txn -> lmdb.versions.get(txn, place));
    if (row == null) {
      return Optional.empty();
    }
    VersionRecord version = VersionRows.decode(place, row);
    if (version == null) {
      doctor.version(place, row, new Intent(identity.nodeId(), key, id));
    }
    return Optional.ofNullable(version);
  }

  /** Whether a version is here, readable and agreed on. */
  public boolean isConfirmed(ObjectKey key, VersionId id) {
    return lmdb.read(txn -> versions.isConfirmed(txn, VersionRows.place(key, id)));
  }

  /** The first versions of a key that are not staged, in the order of their ids. */
  public List<VersionRecord> versions(ObjectKey key, int limit) {
    return versions(key, Optional.empty(), limit);
  }

  /** {@link #versions(ObjectKey, int)} that come after a version. */
  public List<VersionRecord> versions(ObjectKey key, Optional<VersionId> after, int limit) {
    List<VersionRecord> found = new ArrayList<>();
    byte[] prefix = VersionRows.prefix(key);
    byte[] from =
        after.map(id -> Lmdb.concat(VersionRows.place(key, id), new byte[1])).orElse(prefix);
    lmdb.read(txn -> {
      Lmdb.forEach(
          txn,
          lmdb.versions,
          from,
          (place, row) -> {
            if (!Lmdb.startsWith(place, prefix)) {
              return false;
            }
            VersionRecord version = VersionRows.decode(place, row);
            if (version == null) {
              doctor.version(place, row, new Intent(identity.nodeId(), key, VersionRows.id(place)));
            } else if (version.state() != VersionState.STAGED) {
              found.add(version);
            }
            return found.size() < limit;
          });
      return true;
    });
    return found;
  }

  /** Sees a version that is right, and how long its row is; false ends the walk. */
  interface VersionVisitor {
    boolean visit(byte[] place, VersionRecord version, int rowBytes);
  }

  /** All versions at or after a place; those that rotted are given up. In one snapshot. */
  void forEachVersion(byte[] from, VersionVisitor visitor) {
    lmdb.read(txn -> {
      Lmdb.forEach(
          txn,
          lmdb.versions,
          from,
          (place, row) -> {
            VersionRecord version = VersionRows.decode(place, row);
            if (version == null) {
              doctor.version(place, row, null);
            }
            return version == null || visitor.visit(place, version, row.length);
          });
      return true;
    });
  }

  /**
   * Keeps a record, invisible. Its chunks must be durable already. A version that is here is left
   * in its state and gets the dots of both.
   *
   * @throws DiskFullException unless it is a tombstone
   */
  public void stage(VersionRecord version) {
    if (!version.deleted()) {
      space.checkWritable();
    }
    stagings.stage(version);
  }

  /**
   * Takes back one staging, whose commit certainly failed. The record stays as long as another
   * write stages the same version, and when it was confirmed.
   *
   * @param dot of the write
   * @return whether the record is gone
   */
  public boolean unstage(ObjectKey key, VersionId id, Dot dot) {
    return stagings.takeBack(key, id, dot);
  }

  /**
   * Makes a record that is here, or is given, confirmed: the cluster has agreed on it. A parent
   * that is missing here is queued to be fetched.
   *
   * @param given used when the record is not here; its chunks must be durable
   * @param headRevision at which it became the head, 0 when it is only an ancestor of the head
   * @param followUp intents to keep in the same commit
   * @return false when the record is neither here nor given
   */
  public boolean confirm(
      ObjectKey key,
      VersionId id,
      @Nullable VersionRecord given,
      long headRevision,
      List<Intent> followUp) {
    byte[] place = VersionRows.place(key, id);
    if (followUp.isEmpty() && lmdb.read(txn -> isSettled(txn, key, place, headRevision))) {
      return true;
    }
    boolean done =
        writer.write(txn -> {
          VersionRecord here = versions.get(txn, place);
          VersionRecord known = here == null ? given : here;
          if (known == null) {
            return false;
          }
          VersionRecord version = known.withState(VersionState.CONFIRMED);
          if (here == null || here.state() != VersionState.CONFIRMED) {
            versions.put(txn, place, version);
            versions.confirmed(txn, place);
          }
          heads.move(txn, version, id, headRevision);
          for (VersionId parent : version.parents()) {
            if (!versions.isConfirmed(txn, VersionRows.place(key, parent))) {
              queue.add(txn, new Intent(identity.nodeId(), key, parent));
            }
          }
          followUp.forEach(intent -> queue.add(txn, intent));
          return true;
        });
    onQueued.run();
    return done;
  }

  /** Nothing would change: an idle cluster must not write. */
  private boolean isSettled(Txn<byte[]> txn, ObjectKey key, byte[] place, long revision) {
    VersionRecord here = versions.get(txn, place);
    if (here == null || here.state() != VersionState.CONFIRMED) {
      return false;
    }
    HeadRow head = revision > 0 ? heads.get(txn, key) : null;
    return (revision <= 0 || (head != null && head.revision() >= revision))
        && here.parents().stream()
            .allMatch(parent -> versions.isConfirmed(txn, VersionRows.place(key, parent)));
  }

  /** The newest confirmed head that this node knows of. */
  public Optional<HeadRow> head(ObjectKey key) {
    return Optional.ofNullable(lmdb.read(txn -> heads.get(txn, key)));
  }

  /**
   * Heads in the order of their keys' UTF-8 bytes, tombstones included.
   *
   * @param from the first key at or after these bytes
   */
  public List<HeadRow> heads(byte[] prefix, byte[] from, int limit) {
    return lmdb.read(txn -> heads.list(txn, prefix, from, limit));
  }

  /**
   * A record that is staged, and which staging of it this is.
   *
   * @param stamp changes with every staging, and rises
   */
  public record Staged(ObjectKey key, VersionId id, long stamp) {}

  /** The first staged records. */
  public List<Staged> staged(int limit) {
    return stagings.list(Optional.empty(), Long.MAX_VALUE, limit);
  }

  /**
   * Staged records in the order of their places, so those of a key one after another.
   *
   * @param after the last of the page before
   * @param before only stamps below it
   */
  public List<Staged> staged(Optional<Staged> after, long before, int limit) {
    return stagings.list(after, before, limit);
  }

  /** How many records are staged. */
  public long stagedCount() {
    return stagings.count();
  }

  /** What is staged from now on has this stamp or a later one. */
  public long nextStamp() {
    return lmdb.read(txn -> counters.next(txn, Counters.STAMPS));
  }

  /** Removes staged records, unless they were staged again since they were seen (R21). */
  public int sweep(List<Staged> seen) {
    return stagings.sweep(seen);
  }

  /** Keeps intents; one that is there already stays where it is. */
  public void enqueue(List<Intent> intents) {
    writer.write(txn -> {
      intents.forEach(intent -> queue.add(txn, intent));
      return true;
    });
    onQueued.run();
  }

  public void dequeue(Intent.Queued queued) {
    writer.write(txn -> {
      queue.remove(txn, queued);
      return true;
    });
  }

  /** The next intents after a sequence, in their order. */
  public List<Intent.Queued> queued(long after, int limit) {
    List<QueueRows.Damaged> damaged = new ArrayList<>();
    List<Intent.Queued> found = lmdb.read(txn -> queue.after(txn, after, limit, damaged));
    doctor.queue(damaged);
    return found;
  }

  public long queueSize() {
    return lmdb.read(queue::size);
  }

  /** Versions of objects that are recorded here, whatever their state. */
  public long versionCount() {
    return lmdb.read(txn -> lmdb.versions.stat(txn).entries);
  }

  /** For tests and metrics: more changes than commits means that they share fsyncs. */
  public long commits() {
    return writer.commits();
  }

  <T extends @Nullable Object> T read(Function<Txn<byte[]>, T> action) {
    return lmdb.read(action);
  }

  <T extends @Nullable Object> CompletableFuture<T> submit(Function<Txn<byte[]>, T> change) {
    return writer.submit(change);
  }

  Dbi<byte[]> segmentsTable() {
    return lmdb.segments;
  }

  Dbi<byte[]> metaTable() {
    return lmdb.meta;
  }

  boolean isAnnounced() {
    return lmdb.read(txn -> lmdb.meta.get(txn, ANNOUNCED) != null);
  }

  void announced() {
    writer.write(txn -> lmdb.meta.put(txn, ANNOUNCED, new byte[] {1}));
  }

  boolean wereChunksOpened() {
    return lmdb.read(txn -> lmdb.meta.get(txn, CHUNKS_OPENED) != null);
  }

  void chunksAreOpened() {
    if (!wereChunksOpened()) {
      writer.write(txn -> lmdb.meta.put(txn, CHUNKS_OPENED, new byte[] {1}));
    }
  }

  @Override
  public void close() {
    writer.close();
    lmdb.close();
  }
}
