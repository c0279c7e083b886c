// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.DurableFiles;
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
 * <p>{@code entries}: stored key → version, lease, full key when it was hashed, value. {@code
 * marks}: stored key → revision of the last delete. {@code order}: revision, stored key → the marks
 * by age, so that old ones can be swept. {@code leased}: lease, stored key → full key. {@code
 * meta}: {@link TableMeta}. All but {@code order}, from which nothing is answered, with checksums:
 * {@link TableRecord}. One writer (the checkpoint), any number of short readers.
 */
final class LmdbTable implements AutoCloseable {
  /** Address space only: the file grows as it is used. Doubled when it is full. */
  private static final long MAP_BYTES_MIN = 1L << 30;

  private static final int READERS_MAX = 512;
  private static final int KEY_BUFFER_BYTES = 512;

  /** Marks below the floor that one transaction sweeps at most. */
  private static final int SWEEP_MAX = 50_000;

  private static final int UPGRADE_PAGE_RECORDS = 1_000;

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
    DurableFiles.sync(folder);
    try {
      upgrade();
    } catch (RuntimeException e) {
      env.close();
      throw e;
    }
  }

  /** What has checksums. */
  enum Part {
    ENTRIES,
    MARKS,
    LEASED,
    META
  }

  private Dbi<ByteBuffer> dbi(Part part) {
    return switch (part) {
      case ENTRIES -> entries;
      case MARKS -> marks;
      case LEASED -> leased;
      case META -> meta;
    };
  }

  /**
   * Checks the checksums of a part from a key on.
   *
   * @return the first key that was not checked, null at the end
   * @throws CoordinatorFailedException something is not as it was written
   */
  @Nullable Bytes verify(Part part, Bytes from, int limit) {
    try (View view = view();
        Cursor<ByteBuffer> cursor = dbi(part).openCursor(view.txn)) {
      boolean more =
          from.isEmpty() ? cursor.first() : cursor.get(view.key(from), GetOp.MDB_SET_RANGE);
      for (int checked = 0; more && checked < limit; checked++) {
        var _ = TableRecord.checked(folder, cursor.key(), cursor.val());
        more = cursor.next();
      }
      return more ? Bytes.copyOf(cursor.key()) : null;
    }
  }

  /** Checks all of it. */
  void verify() {
    for (Part part : Part.values()) {
      for (Bytes next = verify(part, Bytes.EMPTY, SWEEP_MAX); next != null; ) {
        next = verify(part, next, SWEEP_MAX);
      }
    }
  }

  /** Marks that are kept, those that newer ones replaced included. */
  long markCount() {
    try (View view = view()) {
      return order.stat(view.txn).entries;
    }
  }

  /** Gives checksums to a table that has none yet: all of it, or nothing. */
  private void upgrade() {
    while (!upgradedOnce()) {
      grow();
    }
  }

  private boolean upgradedOnce() {
    ByteBuffer keyBuffer = ByteBuffer.allocateDirect(KEY_BUFFER_BYTES);
    mapping.readLock().lock();
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      ByteBuffer state = meta.get(txn, fill(keyBuffer, META_KEY));
      if (state != null && state.get(0) == TableRecord.FORMAT_UNCHECKED) {
        upgrade(txn, keyBuffer, entries, true);
        upgrade(txn, keyBuffer, marks, false);
        upgrade(txn, keyBuffer, leased, false);
        upgrade(txn, keyBuffer, meta, false);
        txn.commit();
      }
      return true;
    } catch (Env.MapFullException _) {
      return false;
    } finally {
      mapping.readLock().unlock();
    }
  }

  private void upgrade(
      Txn<ByteBuffer> txn, ByteBuffer keyBuffer, Dbi<ByteBuffer> part, boolean hadFormat) {
    Bytes last = Bytes.EMPTY;
    List<Map.Entry<Bytes, Bytes>> page;
    do {
      page = new ArrayList<>();
      try (Cursor<ByteBuffer> cursor = part.openCursor(txn)) {
        boolean more =
            last.isEmpty()
                ? cursor.first()
                : cursor.get(fill(keyBuffer, last), GetOp.MDB_SET_RANGE) && cursor.next();
        for (; more && page.size() < UPGRADE_PAGE_RECORDS; more = cursor.next()) {
          page.add(Map.entry(Bytes.copyOf(cursor.key()), Bytes.copyOf(cursor.val())));
        }
      }
      for (Map.Entry<Bytes, Bytes> record : page) {
        last = record.getKey();
        Bytes old = record.getValue();
        ByteBuffer upgraded =
            TableRecord.upgraded(
                room(TableRecord.PREFIX_BYTES + old.length()),
                last.asBuffer(),
                old.asBuffer(),
                hadFormat);
        part.put(txn, fill(keyBuffer, last), upgraded);
      }
    } while (!page.isEmpty());
  }

  TableMeta meta() {
    try (View view = view()) {
      ByteBuffer found = meta.get(view.txn, view.key(META_KEY));
      return found == null
          ? TableMeta.EMPTY
          : TableMeta.decode(TableRecord.checked(folder, META_KEY.asBuffer(), found));
    }
  }

  /** The keys bound to each lease. Few: node presence, not data. */
  Map<Long, NavigableSet<Bytes>> leasedKeys() {
    Map<Long, NavigableSet<Bytes>> found = new TreeMap<>();
    try (View view = view();
        Cursor<ByteBuffer> cursor = leased.openCursor(view.txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        ByteBuffer key = TableRecord.checked(folder, cursor.key(), cursor.val());
        found.computeIfAbsent(cursor.key().getLong(), _ -> new TreeSet<>()).add(Bytes.copyOf(key));
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
        return TableRecord.slot(folder, stored, record, deleted);
      }
      return deleted == 0 ? null : Slot.absent(full, deleted);
    }

    private long deleted(Bytes stored) {
      ByteBuffer found = marks.get(txn, key(stored));
      return found == null ? 0 : TableRecord.checked(folder, stored.asBuffer(), found).getLong();
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
            page.add(Map.entry(stored, TableRecord.slot(folder, stored, cursor.val(), 0)));
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
      meta.put(
          txn, fill(keyBuffer, META_KEY), checked(META_KEY.asBuffer(), Bytes.wrap(state.encode())));
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
      long lease = TableRecord.lease(folder, stored, before);
      if (lease != 0 && lease != slot.lease()) {
        leased.delete(txn, fillPair(keyBuffer, lease, stored));
      }
    }
    Bytes value = slot.value();
    if (value != null) {
      ByteBuffer record =
          TableRecord.entry(room(TableRecord.sizeBytes(slot, value)), stored, slot, value);
      entries.put(txn, fill(keyBuffer, stored), record);
      if (slot.lease() != 0) {
        ByteBuffer pair = fillPair(keyBuffer, slot.lease(), stored);
        leased.put(txn, pair, checked(pair, slot.key()));
      }
    } else if (before != null) {
      entries.delete(txn, fill(keyBuffer, stored));
    }
    if (slot.deleted() != 0) {
      if (mark(txn, keyBuffer, stored) != slot.deleted()) {
        marks.put(txn, fill(keyBuffer, stored), checked(stored.asBuffer(), number(slot.deleted())));
        order.put(txn, fillPair(keyBuffer, slot.deleted(), stored), room(0).flip());
      }
    }
  }

  private long mark(Txn<ByteBuffer> txn, ByteBuffer keyBuffer, Bytes stored) {
    ByteBuffer mark = marks.get(txn, fill(keyBuffer, stored));
    return mark == null ? 0 : TableRecord.checked(folder, stored.asBuffer(), mark).getLong();
  }

  /**
   * Removes marks at or below the floor, which tell nothing any more: not more than one short
   * transaction can. True when there are more.
   */
  boolean sweep(long floor) {
    while (true) {
      try {
        return sweepOnce(floor);
      } catch (Env.MapFullException _) {
        grow(); // Removing needs new pages too.
      }
    }
  }

  private boolean sweepOnce(long floor) {
    ByteBuffer keyBuffer = ByteBuffer.allocateDirect(KEY_BUFFER_BYTES);
    mapping.readLock().lock();
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      int swept = 0;
      boolean more;
      try (Cursor<ByteBuffer> cursor = order.openCursor(txn)) {
        more = cursor.first() && cursor.key().getLong(0) <= floor;
        while (more && swept < SWEEP_MAX) {
          ByteBuffer key = cursor.key();
          Bytes stored = Bytes.copyOf(key.slice(8, key.remaining() - 8));
          long mark = mark(txn, keyBuffer, stored);
          if (mark != 0 && mark <= floor) {
            marks.delete(txn, fill(keyBuffer, stored));
          }
          cursor.delete();
          swept++;
          more = cursor.first() && cursor.key().getLong(0) <= floor;
        }
      }
      if (swept > 0) {
        txn.commit();
      }
      return more;
    } finally {
      mapping.readLock().unlock();
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

  private ByteBuffer checked(ByteBuffer key, Bytes content) {
    return TableRecord.other(
        room(TableRecord.PREFIX_BYTES + content.length()), key.duplicate(), content);
  }

  private static Bytes number(long value) {
    return Bytes.wrap(ByteBuffer.allocate(8).putLong(value).array());
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
