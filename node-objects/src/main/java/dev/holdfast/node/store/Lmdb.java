package dev.holdfast.node.store;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.ByteArrayProxy;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * The environment and its tables. Only the flags that survived measured power cuts: the default
 * ones. NOTLS since virtual threads read; all writes come from one platform thread.
 */
final class Lmdb implements AutoCloseable {
  /** LMDB has a table of readers; more wait here. */
  private static final int READERS_MAX = 500;

  static final int KEY_BYTES_MAX = 480;

  private final Env<byte[]> env;
  private final Semaphore readers = new Semaphore(READERS_MAX);

  /** The map may only be resized while no transaction is open. */
  private final ReadWriteLock mapLock = new ReentrantReadWriteLock();

  private long mapBytes;
  final Dbi<byte[]> meta;

  /** hash of key ‖ version id → version record. */
  final Dbi<byte[]> versions;

  /** hash of key ‖ version id → the stamp of its last staging. */
  final Dbi<byte[]> staged;

  /** The trie of {@link ListingTrie}: key → {@link HeadRow}. */
  final Dbi<byte[]> listing;

  /** chunk hash ‖ hash of (key, version) → nothing: who needs a chunk, for its collector. */
  final Dbi<byte[]> chunkUses;

  /** chunk hash → place in a segment. */
  final Dbi<byte[]> segments;

  /** sequence → {@link Intent}. */
  final Dbi<byte[]> queue;

  /** hash of an intent → its sequence: each stands once. */
  final Dbi<byte[]> queued;

  Lmdb(Path folder, long mapBytes) {
    this.mapBytes = mapBytes;
    this.env =
        Env.create(ByteArrayProxy.PROXY_BA)
            .setMapSize(mapBytes)
            .setMaxDbs(16)
            .setMaxReaders(READERS_MAX + 12)
            .open(folder.toFile(), EnvFlags.MDB_NOTLS);
    // Slots of readers that died with an earlier process.
    env.readerCheck();
    meta = env.openDbi("meta", DbiFlags.MDB_CREATE);
    versions = env.openDbi("versions", DbiFlags.MDB_CREATE);
    staged = env.openDbi("staged", DbiFlags.MDB_CREATE);
    listing = env.openDbi("listing", DbiFlags.MDB_CREATE);
    chunkUses = env.openDbi("chunk-uses", DbiFlags.MDB_CREATE);
    segments = env.openDbi("segments", DbiFlags.MDB_CREATE);
    queue = env.openDbi("queue", DbiFlags.MDB_CREATE);
    queued = env.openDbi("queued", DbiFlags.MDB_CREATE);
  }

  /** Reads in one short snapshot. */
  <T extends @Nullable Object> T read(Function<Txn<byte[]>, T> action) {
    readers.acquireUninterruptibly();
    mapLock.readLock().lock();
    try (Txn<byte[]> txn = env.txnRead()) {
      return action.apply(txn);
    } finally {
      mapLock.readLock().unlock();
      readers.release();
    }
  }

  /** For the writer thread alone. Commits and fsyncs. */
  void write(java.util.function.Consumer<Txn<byte[]>> action) {
    mapLock.readLock().lock();
    try (Txn<byte[]> txn = env.txnWrite()) {
      action.accept(txn);
      txn.commit();
    } finally {
      mapLock.readLock().unlock();
    }
  }

  /** Doubles the address space. Waits for the readers, which are short. */
  void grow() {
    mapLock.writeLock().lock();
    try {
      mapBytes *= 2;
      env.setMapSize(mapBytes);
    } finally {
      mapLock.writeLock().unlock();
    }
  }

  /** The rows at or after a key, in the order of their bytes, until the visitor has enough. */
  static void forEach(
      Txn<byte[]> txn, Dbi<byte[]> table, byte[] from, ListingTrie.Visitor visitor) {
    try (Cursor<byte[]> cursor = table.openCursor(txn)) {
      boolean found = from.length == 0 ? cursor.first() : cursor.get(from, GetOp.MDB_SET_RANGE);
      while (found && visitor.visit(cursor.key(), cursor.val())) {
        found = cursor.next();
      }
    }
  }

  static boolean startsWith(byte[] text, byte[] prefix) {
    return text.length >= prefix.length
        && Arrays.equals(text, 0, prefix.length, prefix, 0, prefix.length);
  }

  static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Override
  public void close() {
    mapLock.writeLock().lock();
    try {
      env.close();
    } finally {
      mapLock.writeLock().unlock();
    }
  }
}
