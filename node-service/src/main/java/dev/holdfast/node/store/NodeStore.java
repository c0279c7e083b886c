package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionRecordCodec;
import dev.holdfast.core.version.VersionState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of a node. Thread-safe. What a writing method has returned survives a crash; many
 * callers share one fsync. A reader sees what was committed before it began.
 */
public final class NodeStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NodeStore.class);
  private static final long COUNTER_BLOCK = 1_000;

  /** Beyond it the catch-up, which compares states, has to find what is missing. */
  private static final long QUEUE_MAX = 1_000_000;

  private static final byte[] DOTS = utf8("dots");
  private static final byte[] STAMPS = utf8("stamps");
  private static final byte[] QUEUE = utf8("queue");
  private static final byte[] CHUNKS_OPENED = utf8("chunks-opened");

  private final StoreIdentity identity;
  private final Lmdb lmdb;
  private final GroupCommit writer;
  private final ListingTrie heads;
  private final SpaceGuard space;

  /** Guards the leased block of counters. */
  private final ReentrantLock counters = new ReentrantLock();

  private long nextCounter;
  private long leasedUntil;

  private NodeStore(StoreIdentity identity, Lmdb lmdb, GroupCommit writer, SpaceGuard space) {
    this.identity = identity;
    this.lmdb = lmdb;
    this.writer = writer;
    this.space = space;
    this.heads = new ListingTrie(lmdb.listing, lmdb.meta);
  }

  /**
   * @param folder for the records alone; made when it is missing
   * @throws StoreFailedException when the folder is foreign or cannot be used
   */
  static NodeStore open(
      Path folder, StoreIdentity identity, StoreSettings settings, SpaceGuard space, Fatal fatal) {
    StoreMarker.guard(folder, identity, true);
    try {
      Lmdb lmdb = new Lmdb(folder, settings.mapBytes());
      return new NodeStore(
          identity, lmdb, new GroupCommit(lmdb, space, fatal, "store-writer"), space);
    } catch (RuntimeException | LinkageError e) {
      throw new StoreFailedException("Cannot open LMDB in " + folder, e);
    }
  }

  /** A dot that was never used and never will be again, also after a crash. */
  public Dot nextDot() {
    counters.lock();
    try {
      if (nextCounter >= leasedUntil) {
        long first = writer.write(txn -> advance(txn, DOTS, COUNTER_BLOCK));
        nextCounter = first;
        leasedUntil = first + COUNTER_BLOCK;
      }
      return new Dot(identity.nodeId(), identity.incarnation(), nextCounter++);
    } finally {
      counters.unlock();
    }
  }

  public Optional<VersionRecord> version(ObjectKey key, VersionId id) {
    byte[] bytes = lmdb.read(txn -> lmdb.versions.get(txn, place(key, id)));
    return Optional.ofNullable(bytes).map(VersionRecordCodec::decode);
  }

  /** The first versions of a key that are not staged, in the order of their ids. */
  public List<VersionRecord> versions(ObjectKey key, int limit) {
    return versions(key, Optional.empty(), limit);
  }

  /** {@link #versions(ObjectKey, int)} that come after a version. */
  public List<VersionRecord> versions(ObjectKey key, Optional<VersionId> after, int limit) {
    List<VersionRecord> versions = new ArrayList<>();
    byte[] prefix = hash(key);
    byte[] from = after.map(id -> Lmdb.concat(place(key, id), new byte[1])).orElse(prefix);
    lmdb.read(txn -> {
      forEach(
          txn,
          lmdb.versions,
          from,
          (place, value) -> {
            if (!Lmdb.startsWith(place, prefix)) {
              return false;
            }
            VersionRecord version = VersionRecordCodec.decode(value);
            if (version.state() != VersionState.STAGED) {
              versions.add(version);
            }
            return versions.size() < limit;
          });
      return true;
    });
    return versions;
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
    byte[] place = place(version.key(), version.id());
    writer.write(txn -> {
      byte[] old = lmdb.versions.get(txn, place);
      VersionRecord next =
          old == null
              ? version.withState(VersionState.STAGED)
              : VersionRecordCodec.decode(old).plusDots(version.dots());
      putVersion(txn, place, next);
      if (next.state() == VersionState.STAGED) {
        lmdb.staged.put(txn, place, number(advance(txn, STAMPS, 1)));
      }
      return true;
    });
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
    byte[] place = place(key, id);
    return writer.write(txn -> {
      byte[] old = lmdb.versions.get(txn, place);
      VersionRecord known = old == null ? given : VersionRecordCodec.decode(old);
      if (known == null) {
        return false;
      }
      VersionRecord version = known.withState(VersionState.CONFIRMED);
      if (old == null || known.state() != VersionState.CONFIRMED) {
        putVersion(txn, place, version);
        lmdb.staged.delete(txn, place);
      }
      moveHead(txn, version, id, headRevision);
      for (VersionId parent : version.parents()) {
        if (!isConfirmed(txn, place(key, parent))) {
          enqueue(txn, new Intent(identity.nodeId(), key, parent));
        }
      }
      followUp.forEach(intent -> enqueue(txn, intent));
      return true;
    });
  }

  private void moveHead(Txn<byte[]> txn, VersionRecord version, VersionId id, long revision) {
    if (revision <= 0) {
      return;
    }
    byte[] key = version.key().utf8();
    byte[] current = heads.get(txn, key);
    // Confirmations may come in any order.
    if (current == null || HeadRow.decode(current).revision() < revision) {
      heads.put(txn, key, HeadRow.of(version, id, revision).encode());
    }
  }

  private boolean isConfirmed(Txn<byte[]> txn, byte[] place) {
    byte[] bytes = lmdb.versions.get(txn, place);
    return bytes != null && VersionRecordCodec.decode(bytes).state() == VersionState.CONFIRMED;
  }

  private void putVersion(Txn<byte[]> txn, byte[] place, VersionRecord version) {
    lmdb.versions.put(txn, place, VersionRecordCodec.encode(version));
    byte[] use = Sha256.of(place).toArray();
    for (ChunkRef chunk : version.chunks()) {
      lmdb.chunkUses.put(txn, Lmdb.concat(chunk.hash().toArray(), use), new byte[0]);
    }
  }

  /** The newest confirmed head that this node knows of. */
  public Optional<HeadRow> head(ObjectKey key) {
    byte[] row = lmdb.read(txn -> heads.get(txn, key.utf8()));
    return Optional.ofNullable(row).map(HeadRow::decode);
  }

  /**
   * Heads in the order of their keys' UTF-8 bytes, tombstones included.
   *
   * @param from the first key at or after these bytes
   */
  public List<HeadRow> heads(byte[] prefix, byte[] from, int limit) {
    byte[] start = Arrays.compareUnsigned(prefix, from) > 0 ? prefix : from;
    List<HeadRow> rows = new ArrayList<>();
    lmdb.read(txn -> {
      heads.walk(
          txn,
          start,
          (key, value) -> {
            if (rows.size() >= limit || !Lmdb.startsWith(key, prefix)) {
              return false;
            }
            return rows.add(HeadRow.decode(value));
          });
      return true;
    });
    return rows;
  }

  /**
   * A record that is staged, and which staging of it this is.
   *
   * @param stamp changes with every staging
   */
  public record Staged(ObjectKey key, VersionId id, long stamp) {}

  /** At most so many staged records, the places after a given one; empty at the end. */
  public List<Staged> staged(int limit) {
    List<Staged> found = new ArrayList<>();
    lmdb.read(txn -> {
      forEach(
          txn,
          lmdb.staged,
          new byte[0],
          (place, stamp) -> {
            byte[] bytes = lmdb.versions.get(txn, place);
            if (bytes != null) {
              VersionRecord version = VersionRecordCodec.decode(bytes);
              found.add(new Staged(version.key(), version.id(), ByteBuffer.wrap(stamp).getLong()));
            }
            return found.size() < limit;
          });
      return true;
    });
    return found;
  }

  /** Removes a staged record, unless it was staged again since it was seen (R21). */
  public boolean sweep(Staged seen) {
    byte[] place = place(seen.key(), seen.id());
    return writer.write(txn -> {
      byte[] stamp = lmdb.staged.get(txn, place);
      byte[] bytes = lmdb.versions.get(txn, place);
      if (stamp == null || bytes == null || ByteBuffer.wrap(stamp).getLong() != seen.stamp()) {
        return false;
      }
      byte[] use = Sha256.of(place).toArray();
      for (ChunkRef chunk : VersionRecordCodec.decode(bytes).chunks()) {
        lmdb.chunkUses.delete(txn, Lmdb.concat(chunk.hash().toArray(), use));
      }
      lmdb.versions.delete(txn, place);
      lmdb.staged.delete(txn, place);
      return true;
    });
  }

  /** Keeps intents; one that is there already stays where it is. */
  public void enqueue(List<Intent> intents) {
    writer.write(txn -> {
      intents.forEach(intent -> enqueue(txn, intent));
      return true;
    });
  }

  private void enqueue(Txn<byte[]> txn, Intent intent) {
    byte[] hash = intent.hash();
    if (lmdb.queue.stat(txn).entries >= QUEUE_MAX) {
      log.warn("The replication queue is full: {} waits for the next catch-up", intent);
      return;
    }
    if (lmdb.queued.get(txn, hash) == null) {
      byte[] sequence = number(advance(txn, QUEUE, 1));
      lmdb.queue.put(txn, sequence, intent.encode());
      lmdb.queued.put(txn, hash, sequence);
    }
  }

  public void dequeue(Intent.Queued queued) {
    writer.write(txn -> {
      lmdb.queue.delete(txn, number(queued.sequence()));
      lmdb.queued.delete(txn, queued.intent().hash());
      return true;
    });
  }

  /** The next intents after a sequence, in their order. */
  public List<Intent.Queued> queued(long after, int limit) {
    List<Intent.Queued> found = new ArrayList<>();
    lmdb.read(txn -> {
      forEach(
          txn,
          lmdb.queue,
          number(after + 1),
          (sequence, bytes) ->
              found.add(
                      new Intent.Queued(ByteBuffer.wrap(sequence).getLong(), Intent.decode(bytes)))
                  && found.size() < limit);
      return true;
    });
    return found;
  }

  public long queueSize() {
    return lmdb.read(txn -> lmdb.queue.stat(txn).entries);
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

  boolean wereChunksOpened() {
    return lmdb.read(txn -> lmdb.meta.get(txn, CHUNKS_OPENED) != null);
  }

  void chunksAreOpened() {
    writer.write(txn -> lmdb.meta.put(txn, CHUNKS_OPENED, new byte[] {1}));
  }

  /** Takes so many numbers of a persisted counter, which starts at 1; returns the first. */
  private long advance(Txn<byte[]> txn, byte[] name, long by) {
    byte[] last = lmdb.meta.get(txn, name);
    long first = last == null ? 1 : ByteBuffer.wrap(last).getLong();
    lmdb.meta.put(txn, name, number(first + by));
    return first;
  }

  private static void forEach(
      Txn<byte[]> txn, Dbi<byte[]> table, byte[] from, ListingTrie.Visitor visitor) {
    try (Cursor<byte[]> cursor = table.openCursor(txn)) {
      boolean found = from.length == 0 ? cursor.first() : cursor.get(from, GetOp.MDB_SET_RANGE);
      while (found && visitor.visit(cursor.key(), cursor.val())) {
        found = cursor.next();
      }
    }
  }

  private static byte[] place(ObjectKey key, VersionId id) {
    return Lmdb.concat(hash(key), id.bytes());
  }

  private static byte[] hash(ObjectKey key) {
    return Sha256.of(key.utf8()).toArray();
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    writer.close();
    lmdb.close();
  }
}
