// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.cleanup.ChunkFilter;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.spi.Bytes;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;

/**
 * What keeps the collector from chunks that a write is about to use. Whoever stores a chunk, or is
 * told that it is here, touches it; whoever records a version holds a {@link ChunkStore.Use} from
 * the look at its chunks until the record is written. The collector decides about a chunk, and
 * takes it away, while nobody holds one. Thread-safe.
 *
 * <p>What was touched is remembered in two filters of fixed size, for one to two graces, and not
 * over a restart.
 */
final class ChunkClaims {
  private static final long CHUNKS = 1 << 20;

  /** A use lasts as long as an fsync; those who come meanwhile wait no longer than this. */
  private static final long EXCLUSIVE_WAIT_MILLIS = 20;

  private final LongSupplier nanos;

  /** Shared while a version is recorded: held during I/O, which is what it is for. */
  private final ReentrantReadWriteLock uses = new ReentrantReadWriteLock();

  /** Guards what follows. */
  private final ReentrantLock lock = new ReentrantLock();

  private ChunkFilter current = new ChunkFilter(CHUNKS, 1);
  private ChunkFilter before = new ChunkFilter(CHUNKS, 0);
  private Duration grace = Duration.ofHours(6);
  private long turnedAtNanos;
  private long turns = 1;

  ChunkClaims(LongSupplier nanos) {
    this.nanos = nanos;
    this.turnedAtNanos = nanos.getAsLong();
  }

  void grace(Duration wanted) {
    lock.lock();
    try {
      grace = wanted;
    } finally {
      lock.unlock();
    }
  }

  ChunkStore.Use use() {
    uses.readLock().lock();
    return uses.readLock()::unlock;
  }

  /** For a moment, while nobody uses chunks; false when somebody always does. */
  boolean isDoneAlone(Runnable action) throws InterruptedException {
    if (!uses.writeLock().tryLock(EXCLUSIVE_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
      return false;
    }
    try {
      action.run();
      return true;
    } finally {
      uses.writeLock().unlock();
    }
  }

  /** Before the look whether they are here. */
  void touch(Collection<ChunkRef> refs) {
    uses.readLock().lock();
    lock.lock();
    try {
      turn();
      refs.forEach(ref -> current.add(ref.hash()));
    } finally {
      lock.unlock();
      uses.readLock().unlock();
    }
  }

  boolean isRecent(Bytes hash) {
    lock.lock();
    try {
      turn();
      return current.mayContain(hash) || before.mayContain(hash);
    } finally {
      lock.unlock();
    }
  }

  private void turn() {
    long now = nanos.getAsLong();
    if (now - turnedAtNanos >= grace.toNanos()) {
      // After two graces without a touch both are old.
      boolean isLongAgo = now - turnedAtNanos >= 2 * grace.toNanos();
      before = isLongAgo ? new ChunkFilter(1, 0) : current;
      current = new ChunkFilter(CHUNKS, ++turns);
      turnedAtNanos = now;
    }
  }
}
