// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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
  private final RowStore rows;
  private final Checkpoints checkpoints;
  private final GroupCommit writer;
  private final HeadRows heads;
  private final SpaceGuard space;
  private final StagedRows stagings;
  private final BranchRows branches;
  private final ReapedRows reaped;
  private final QuarantineRows quarantine;
  private final Starts starts;
  private final UploadRows uploads;
  private final RowDoctor doctor;
  private final ChunkUseRows chunkUses;
  private final RetiredRows retired;
  private volatile Runnable onQueued = () -> {};

  /** Guards the leased block of counters. */
  private final ReentrantLock dots = new ReentrantLock();

  private long nextCounter;
  private long leasedUntil;

  private NodeStore(
      StoreIdentity identity,
      Lmdb lmdb,
      RowStore rows,
      SpaceGuard space,
      Fatal fatal,
      Damage damage) {
    this.identity = identity;
    this.rows = rows;
    this.space = space;
    this.checkpoints = new Checkpoints(rows, lmdb, space, fatal, "store-checkpoint");
    this.writer = new GroupCommit(rows, checkpoints, space, fatal, "store-writer");
    this.doctor = new RowDoctor(writer, damage);
    this.heads = new HeadRows(new ListingTrie(doctor::head));
    this.chunkUses = new ChunkUseRows(rows, doctor);
    this.stagings = new StagedRows(rows, writer, doctor);
    this.branches = new BranchRows(rows, writer, heads);
    this.retired = new RetiredRows(rows, writer, heads);
    this.reaped = new ReapedRows(rows, writer, heads);
    this.quarantine = new QuarantineRows(rows, writer);
    this.starts = new Starts(rows, writer);
    this.uploads = new UploadRows(rows, writer);
  }

  /**
   * @param folder for the records alone; made when it is missing
   * @throws StoreFailedException when the folder is foreign, damaged, or cannot be used
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
      RowStore rows = RowStore.open(lmdb, folder.resolve("journal"), settings.journalBytes());
      return new NodeStore(identity, lmdb, rows, space, fatal, damage);
    } catch (StoreFailedException e) {
      throw e;
    } catch (IOException | RuntimeException | LinkageError e) {
      throw new StoreFailedException("Cannot open the records in " + folder, e);
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
        long first = writer.write(change -> Counters.advance(change, Counters.DOTS, COUNTER_BLOCK));
        nextCounter = first;
        leasedUntil = first + COUNTER_BLOCK;
      }
      return new Dot(
          identity.nodeId(), identity.incarnation(), starts.firstCounter() + nextCounter++);
    } finally {
      dots.unlock();
    }
  }

  public Optional<VersionRecord> version(ObjectKey key, VersionId id) {
    byte[] place = VersionRows.place(key, id);
    byte[] row = rows.read(now -> now.get(Table.VERSIONS, place));
    if (row == null) {
      return Optional.empty();
    }
    VersionRecord version = VersionRows.decode(place, row);
    if (version == null) {
      doctor.version(place, row, Intent.asFound(identity.nodeId(), key, id));
    }
    return Optional.ofNullable(version);
  }

  /** Whether a version is here, readable and agreed on. */
  public boolean isConfirmed(ObjectKey key, VersionId id) {
    return rows.read(now -> VersionRows.isConfirmed(now, VersionRows.place(key, id)));
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
    rows.read(now -> {
      now.forEach(
          Table.VERSIONS,
          from,
          (place, row) -> {
            if (!Lmdb.startsWith(place, prefix)) {
              return false;
            }
            VersionRecord version = VersionRows.decode(place, row);
            if (version == null) {
              doctor.version(
                  place, row, Intent.asFound(identity.nodeId(), key, VersionRows.id(place)));
            } else if (version.state().isVisible()) {
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
    rows.read(now -> {
      now.forEach(
          Table.VERSIONS,
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

  /** Whether a version or an upload needs this chunk, by the index of uses. */
  boolean isChunkUsed(Bytes hash) {
    return chunkUses.isUsed(hash);
  }

  /** How many distinct chunks versions and uploads need, by the index of uses. */
  long chunkUses(BooleanSupplier goesOn) {
    return chunkUses.count(goesOn);
  }

  /** See {@link ChunkUseRows#isEachVersionRead}. */
  boolean isEachVersionRead(Predicate<VersionRecord> visitor) {
    return chunkUses.isEachVersionRead(visitor);
  }

  /**
   * Keeps a record, invisible. Its chunks must be durable already. A version that is here is left
   * in its state and gets the dots of both.
   *
   * @throws DiskFullException unless it is a tombstone
   */
  public void stage(VersionRecord version) {
    GroupCommit.join(stageLater(version));
  }

  /**
   * {@link #stage} without waiting: completes when it is durable, on the thread that writes, so
   * what hangs on it must be quick. Throws and fails as {@code stage} does.
   */
  public CompletableFuture<Boolean> stageLater(VersionRecord version) {
    if (!version.deleted()) {
      space.checkWritable();
    }
    return stagings.stage(version);
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
    return GroupCommit.join(confirmLater(key, id, given, headRevision, followUp));
  }

  /**
   * {@link #confirm} without waiting: completes when it can be read, on the thread that writes, so
   * what hangs on it must be quick. Throws and fails as {@code confirm} does.
   */
  public CompletableFuture<Boolean> confirmLater(
      ObjectKey key,
      VersionId id,
      @Nullable VersionRecord given,
      long headRevision,
      List<Intent> followUp) {
    byte[] place = VersionRows.place(key, id);
    if (followUp.isEmpty() && rows.read(now -> isSettled(now, key, place, headRevision))) {
      return CompletableFuture.completedFuture(true);
    }
    AtomicBoolean queues = new AtomicBoolean(!followUp.isEmpty());
    Function<Change, Boolean> confirmation =
        change -> {
          VersionRecord here = VersionRows.get(change, place);
          VersionRecord known = here == null ? given : here;
          if (known == null) {
            return false;
          }
          VersionRecord version = known.withState(VersionState.CONFIRMED);
          if (here == null || here.state() != VersionState.CONFIRMED) {
            VersionRows.put(change, place, version);
            VersionRows.settled(change, place);
            BranchRows.confirmed(change, place);
            QuarantineRows.settled(change, place);
            if (version.parents().isEmpty() && version.reapedRevision() > 0) {
              // A new life of the key: what is left here of the one before is forgotten.
              reaped.reap(change, key, version.reapedRevision());
            }
          }
          heads.move(change, version, id, headRevision);
          for (VersionId parent : version.parents()) {
            byte[] below = VersionRows.place(key, parent);
            if (!VersionRows.isConfirmed(change, below)) {
              BranchRows.succeeded(change, below);
              QueueRows.add(change, Intent.agreed(identity.nodeId(), key, parent));
              queues.set(true);
            }
          }
          followUp.forEach(intent -> QueueRows.add(change, intent));
          return true;
        };
    // A record that is here is durable, and that the cluster agreed can be found out again (R21).
    CompletableFuture<Boolean> done =
        given == null ? writer.submitUnflushed(confirmation) : writer.submit(confirmation);
    return done.whenComplete((_, _) -> {
      if (queues.get()) {
        onQueued.run();
      }
    });
  }

  /** Nothing would change: an idle cluster must not write. */
  private boolean isSettled(Rows now, ObjectKey key, byte[] place, long revision) {
    VersionRecord here = VersionRows.get(now, place);
    if (here == null || here.state() != VersionState.CONFIRMED) {
      return false;
    }
    HeadRow head = revision > 0 ? heads.get(now, key) : null;
    return (revision <= 0 || (head != null && head.revision() >= revision))
        && here.parents().stream()
            .allMatch(parent -> VersionRows.isConfirmed(now, VersionRows.place(key, parent)));
  }

  /**
   * Accepts a record without the cluster's agreement, see {@link BranchRows#accept}.
   *
   * @param followUp intents to keep in the same commit
   */
  public boolean accept(
      ObjectKey key, VersionId id, @Nullable VersionRecord given, List<Intent> followUp) {
    boolean done = branches.accept(key, id, given, followUp);
    onQueued.run();
    return done;
  }

  /** The provisional versions that are heads here. */
  public BranchRows branches() {
    return branches;
  }

  /** What cleanup takes away. */
  public RetiredRows retired() {
    return retired;
  }

  /** The versions that an operator decides on. */
  public QuarantineRows quarantine() {
    return quarantine;
  }

  /** How often the cluster has counted a start of this store. */
  public Starts starts() {
    return starts;
  }

  /** The keys whose deletion the cluster forgets. */
  public ReapedRows reaped() {
    return reaped;
  }

  /** All versions here that the cluster has not agreed on, staged ones apart. */
  public List<VersionRecord> provisional() {
    List<VersionRecord> found = new ArrayList<>();
    forEachVersion(
        new byte[0],
        (_, version, _) -> {
          if (version.state() == VersionState.PROVISIONAL) {
            found.add(version);
          }
          return true;
        });
    return found;
  }

  /** Which chunks unfinished uploads keep here. */
  public UploadRows uploads() {
    return uploads;
  }

  /** The newest confirmed head that this node knows of. */
  public Optional<HeadRow> head(ObjectKey key) {
    return Optional.ofNullable(rows.read(now -> heads.get(now, key))).filter(HeadRow::isConfirmed);
  }

  /**
   * Heads in the order of their keys' UTF-8 bytes, tombstones included.
   *
   * @param from the first key at or after these bytes
   */
  public List<HeadRow> heads(byte[] prefix, byte[] from, int limit) {
    return rows.read(now -> heads.list(now, prefix, from, limit));
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
    return rows.read(now -> Counters.next(now, Counters.STAMPS));
  }

  /** Removes staged records, unless they were staged again since they were seen (R21). */
  public int sweep(List<Staged> seen) {
    return stagings.sweep(seen);
  }

  /** Keeps intents; one that is there already stays where it is. */
  public void enqueue(List<Intent> intents) {
    writer.write(change -> {
      intents.forEach(intent -> QueueRows.add(change, intent));
      return true;
    });
    onQueued.run();
  }

  public void dequeue(Intent.Queued queued) {
    writer.write(change -> {
      QueueRows.remove(change, queued);
      return true;
    });
  }

  /** The next intents after a sequence, in their order. */
  public List<Intent.Queued> queued(long after, int limit) {
    List<QueueRows.Damaged> damaged = new ArrayList<>();
    List<Intent.Queued> found = rows.read(now -> QueueRows.after(now, after, limit, damaged));
    doctor.queue(damaged);
    return found;
  }

  public long queueSize() {
    return rows.read(QueueRows::size);
  }

  /** Versions of objects that are recorded here, whatever their state. */
  public long versionCount() {
    return rows.read(now -> now.size(Table.VERSIONS));
  }

  /** Batches of changes that were written, also in earlier runs. */
  public long commits() {
    return rows.commits();
  }

  /** In this run: more changes than flushes means that they share them. */
  public long flushes() {
    return rows.flushes();
  }

  <T extends @Nullable Object> T read(Function<Rows, T> action) {
    return rows.read(action);
  }

  <T extends @Nullable Object> CompletableFuture<T> submit(Function<Change, T> change) {
    return writer.submit(change);
  }

  /** See {@link GroupCommit#submitUnflushed}. */
  <T extends @Nullable Object> CompletableFuture<T> submitUnflushed(Function<Change, T> change) {
    return writer.submitUnflushed(change);
  }

  boolean isAnnounced() {
    return rows.read(now -> now.get(Table.META, ANNOUNCED) != null);
  }

  void announced() {
    mark(ANNOUNCED);
  }

  boolean wereChunksOpened() {
    return rows.read(now -> now.get(Table.META, CHUNKS_OPENED) != null);
  }

  void chunksAreOpened() {
    if (!wereChunksOpened()) {
      mark(CHUNKS_OPENED);
    }
  }

  private void mark(byte[] name) {
    writer.write(change -> {
      change.put(Table.META, name, new byte[] {1});
      return true;
    });
  }

  @Override
  public void close() {
    writer.close();
    checkpoints.close();
    rows.close();
  }
}
