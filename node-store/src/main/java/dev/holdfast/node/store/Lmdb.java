// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.ByteArrayProxy;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
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

  /** Ended snapshots, begun again by the next readers: cheaper than a new transaction each time. */
  private final ConcurrentLinkedDeque<Txn<byte[]>> idle = new ConcurrentLinkedDeque<>();

  /** The map may only be resized while no transaction is open. */
  private final ReadWriteLock mapLock = new ReentrantReadWriteLock();

  private long mapBytes;
  private final Map<Table, Dbi<byte[]>> tables = new EnumMap<>(Table.class);

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
    for (Table table : Table.values()) {
      tables.put(table, env.openDbi(table.lmdbName(), DbiFlags.MDB_CREATE));
    }
  }

  Dbi<byte[]> table(Table table) {
    return Objects.requireNonNull(tables.get(table));
  }

  /** Reads in one short snapshot. */
  <T extends @Nullable Object> T read(Function<Txn<byte[]>, T> action) {
    readers.acquireUninterruptibly();
    mapLock.readLock().lock();
    try {
      Txn<byte[]> txn = begun();
      try {
        return action.apply(txn);
      } finally {
        txn.reset();
        idle.push(txn);
      }
    } finally {
      mapLock.readLock().unlock();
      readers.release();
    }
  }

  private Txn<byte[]> begun() {
    Txn<byte[]> txn = idle.poll();
    if (txn == null) {
      return env.txnRead();
    }
    try {
      txn.renew();
      return txn;
    } catch (RuntimeException e) {
      txn.close();
      throw e;
    }
  }

  /** While no reader is there. */
  private void closeIdle() {
    for (Txn<byte[]> txn = idle.poll(); txn != null; txn = idle.poll()) {
      txn.close();
    }
  }

  /** For the thread of the checkpoints alone. Commits and fsyncs. */
  void write(Consumer<Txn<byte[]>> action) {
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
      closeIdle();
      mapBytes *= 2;
      env.setMapSize(mapBytes);
    } finally {
      mapLock.writeLock().unlock();
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
      closeIdle();
      env.close();
    } finally {
      mapLock.writeLock().unlock();
    }
  }
}
