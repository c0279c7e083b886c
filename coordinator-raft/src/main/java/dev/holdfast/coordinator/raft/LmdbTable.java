package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.CopyFlags;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * The durable part of the key table: one LMDB environment with its default durable flags.
 *
 * <p>{@code entries}: stored key → format, version, lease, full key when it was hashed, value.
 * {@code marks}: stored key → revision of the last delete. {@code order}: revision, stored key →
 * the marks by age, so that old ones can be swept. {@code leased}: lease, stored key → full key.
 * {@code meta}: {@link TableMeta}. One writer (the checkpoint), any number of short readers.
 */
final class LmdbTable implements AutoCloseable {
  /** Address space only: the file grows as it is used. Doubled when it is full. */
  private static final long MAP_BYTES_MIN = 1L << 30;

  private static final int READERS_MAX = 512;
  private static final int RECORD_FORMAT = 1;
  private static final int RECORD_HEADER_BYTES = 1 + 8 + 8 + 2;
  private static final int KEY_BUFFER_BYTES = 512;

  /** Marks below the floor that one checkpoint sweeps at most. */
  private static final int SWEEP_MAX = 50_000;

  private static final Bytes META_KEY = Bytes.utf8("state");

  private final Path folder;
  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> entries;
  private final Dbi<ByteBuffer> marks;
  private final Dbi<ByteBuffer> order;
  private final Dbi<ByteBuffer> leased;
  private final Dbi<ByteBuffer> meta;

  /** Every transaction holds the read side: the map may be resized only when there is none. */
  private final ReentrantReadWriteLock mapping = new ReentrantReadWriteLock();

  private final ConcurrentLinkedQueue<ByteBuffer> keyBuffers = new ConcurrentLinkedQueue<>();
  private ByteBuffer valueBuffer = ByteBuffer.allocateDirect(64 * 1024);
  private long mapBytes;

  LmdbTable(Path folder) throws IOException {
    Files.createDirectories(folder);
    this.folder = folder;
    Path file = folder.resolve("data.mdb");
    long used = Files.exists(file) ? Files.size(file) : 0;
    this.mapBytes = MAP_BYTES_MIN;
    while (mapBytes < used * 2) {
      mapBytes *= 2;
    }
    this.env =
        Env.create()
            .setMapSize(mapBytes)
            .setMaxDbs(5)
            .setMaxReaders(READERS_MAX)
            .open(folder.toFile(), EnvFlags.MDB_NOTLS);
    this.entries = env.openDbi("entries", DbiFlags.MDB_CREATE);
    this.marks = env.openDbi("marks", DbiFlags.MDB_CREATE);
    this.order = env.openDbi("order", DbiFlags.MDB_CREATE);
    this.leased = env.openDbi("leased", DbiFlags.MDB_CREATE);
    this.meta = env.openDbi("meta", DbiFlags.MDB_CREATE);
    Folders.sync(folder);
  }

  TableMeta meta() {
    try (View view = view()) {
      ByteBuffer found = meta.get(view.txn, view.key(META_KEY));
      return found == null ? TableMeta.EMPTY : TableMeta.decode(found);
    }
  }

  /** The keys bound to each lease. Few: node presence, not data. */
  Map<Long, NavigableSet<Bytes>> leasedKeys() {
    Map<Long, NavigableSet<Bytes>> found = new TreeMap<>();
    try (View view = view();
        Cursor<ByteBuffer> cursor = leased.openCursor(view.txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        found
            .computeIfAbsent(cursor.key().getLong(), _ -> new TreeSet<>())
            .add(Bytes.copyOf(cursor.val()));
      }
    }
    return found;
  }

  View view() {
    return new View();
  }

  /** A consistent look. Short; closed by the thread that opened it. */
  final class View implements AutoCloseable {
    private final ByteBuffer keyBuffer;
    private final Txn<ByteBuffer> txn;

    private View() {
      mapping.readLock().lock();
      if (env.isClosed()) {
        mapping.readLock().unlock();
        throw new UnavailableException("The coordinator is closed");
      }
      ByteBuffer pooled = keyBuffers.poll();
      keyBuffer = pooled != null ? pooled : ByteBuffer.allocateDirect(KEY_BUFFER_BYTES);
      try {
        txn = env.txnRead();
      } catch (RuntimeException e) {
        mapping.readLock().unlock();
        throw e;
      }
    }

    private ByteBuffer key(Bytes bytes) {
      return fill(keyBuffer, bytes);
    }

    /** Null when there is neither an entry nor a mark. */
    @Nullable Slot get(Bytes stored, Bytes full) {
      long deleted = deleted(stored);
      ByteBuffer record = entries.get(txn, key(stored));
      if (record != null) {
        return readRecord(stored, record, deleted);
      }
      return deleted == 0 ? null : Slot.absent(full, deleted);
    }

    private long deleted(Bytes stored) {
      ByteBuffer found = marks.get(txn, key(stored));
      return found == null ? 0 : found.getLong();
    }

    /** Entries from a stored key on, at most {@code limit}, while they start with the prefix. */
    List<Map.Entry<Bytes, Slot>> entries(Bytes from, boolean inclusive, Bytes prefix, int limit) {
      List<Map.Entry<Bytes, Slot>> page = new ArrayList<>();
      try (Cursor<ByteBuffer> cursor = entries.openCursor(txn)) {
        boolean more = from.isEmpty() ? cursor.first() : cursor.get(key(from), GetOp.MDB_SET_RANGE);
        while (more && page.size() < limit) {
          Bytes stored = Bytes.copyOf(cursor.key());
          if (!stored.startsWith(prefix)) {
            break;
          }
          if (inclusive || !stored.equals(from)) {
            page.add(Map.entry(stored, readRecord(stored, cursor.val(), 0)));
          }
          more = cursor.next();
        }
      }
      return page;
    }

    @Override
    public void close() {
      txn.close();
      keyBuffers.add(keyBuffer);
      mapping.readLock().unlock();
    }
  }

  /** Moves a sealed generation here, with what was applied up to it, in one durable transaction. */
  void write(Overlay generation, TableMeta state) {
    while (!writeOnce(generation, state)) {
      grow();
    }
  }

  private boolean writeOnce(Overlay generation, TableMeta state) {
    ByteBuffer keyBuffer = ByteBuffer.allocateDirect(KEY_BUFFER_BYTES);
    mapping.readLock().lock();
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      generation
          .all()
          .forEachRemaining(
              change -> writeSlot(txn, keyBuffer, change.getKey(), change.getValue()));
      sweep(txn, keyBuffer, state.marks().floor());
      meta.put(txn, fill(keyBuffer, META_KEY), value(Bytes.wrap(state.encode())));
      txn.commit();
      return true;
    } catch (Env.MapFullException _) {
      return false;
    } finally {
      mapping.readLock().unlock();
    }
  }

  private void writeSlot(Txn<ByteBuffer> txn, ByteBuffer keyBuffer, Bytes stored, Slot slot) {
    ByteBuffer before = entries.get(txn, fill(keyBuffer, stored));
    if (before != null) {
      long lease = before.getLong(1 + 8);
      if (lease != 0 && lease != slot.lease()) {
        leased.delete(txn, fillPair(keyBuffer, lease, stored));
      }
    }
    Bytes value = slot.value();
    if (value != null) {
      entries.put(txn, fill(keyBuffer, stored), record(slot, value));
      if (slot.lease() != 0) {
        leased.put(txn, fillPair(keyBuffer, slot.lease(), stored), value(slot.key()));
      }
    } else if (before != null) {
      entries.delete(txn, fill(keyBuffer, stored));
    }
    if (slot.deleted() != 0) {
      ByteBuffer mark = marks.get(txn, fill(keyBuffer, stored));
      if (mark == null || mark.getLong() != slot.deleted()) {
        ByteBuffer revision = room(8);
        revision.putLong(slot.deleted()).flip();
        marks.put(txn, fill(keyBuffer, stored), revision);
        order.put(txn, fillPair(keyBuffer, slot.deleted(), stored), value(Bytes.EMPTY));
      }
    }
  }

  /** Marks at or below the floor tell nothing any more. */
  private void sweep(Txn<ByteBuffer> txn, ByteBuffer keyBuffer, long floor) {
    try (Cursor<ByteBuffer> cursor = order.openCursor(txn)) {
      boolean more = cursor.first();
      for (int swept = 0; more && swept < SWEEP_MAX; swept++) {
        ByteBuffer key = cursor.key();
        long revision = key.getLong();
        if (revision > floor) {
          return;
        }
        Bytes stored = Bytes.copyOf(key);
        ByteBuffer mark = marks.get(txn, fill(keyBuffer, stored));
        if (mark != null && mark.getLong() <= floor) {
          marks.delete(txn, fill(keyBuffer, stored));
        }
        cursor.delete();
        more = cursor.first();
      }
    }
  }

  private void grow() {
    mapping.writeLock().lock();
    try {
      mapBytes *= 2;
      env.setMapSize(mapBytes);
    } finally {
      mapping.writeLock().unlock();
    }
  }

  /** An immutable copy as {@code data.mdb} in an empty folder. No checkpoint may run meanwhile. */
  void copyTo(Path target) {
    mapping.readLock().lock();
    try {
      env.copy(target.toFile(), CopyFlags.MDB_CP_COMPACT);
    } finally {
      mapping.readLock().unlock();
    }
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    mapping.writeLock().lock();
    try {
      env.close();
    } finally {
      mapping.writeLock().unlock();
    }
  }

  private ByteBuffer record(Slot slot, Bytes value) {
    boolean hashed = StoredKey.isHashed(slot.key());
    int keyBytes = hashed ? slot.key().length() : 0;
    ByteBuffer record = room(RECORD_HEADER_BYTES + keyBytes + value.length());
    record.put((byte) RECORD_FORMAT).putLong(slot.version()).putLong(slot.lease());
    record.putShort((short) keyBytes);
    if (hashed) {
      record.put(slot.key().asBuffer());
    }
    return record.put(value.asBuffer()).flip();
  }

  private static Slot readRecord(Bytes stored, ByteBuffer record, long deleted) {
    int format = record.get();
    if (format != RECORD_FORMAT) {
      throw new IllegalStateException("A record has format " + format);
    }
    long version = record.getLong();
    long lease = record.getLong();
    int keyBytes = record.getShort() & 0xFFFF;
    Bytes key = stored;
    if (keyBytes > 0) {
      key = Bytes.copyOf(record.slice(record.position(), keyBytes));
      record.position(record.position() + keyBytes);
    }
    return new Slot(key, Bytes.copyOf(record), version, lease, deleted);
  }

  private ByteBuffer value(Bytes bytes) {
    return room(bytes.length()).put(bytes.asBuffer()).flip();
  }

  private ByteBuffer room(int size) {
    if (valueBuffer.capacity() < size) {
      valueBuffer = ByteBuffer.allocateDirect(Integer.highestOneBit(size) * 2);
    }
    return valueBuffer.clear();
  }

  private static ByteBuffer fill(ByteBuffer buffer, Bytes bytes) {
    return buffer.clear().put(bytes.asBuffer()).flip();
  }

  private static ByteBuffer fillPair(ByteBuffer buffer, long number, Bytes bytes) {
    return buffer.clear().putLong(number).put(bytes.asBuffer()).flip();
  }
}
