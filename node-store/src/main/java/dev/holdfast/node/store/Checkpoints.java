// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes LMDB, see {@link RowStore}. LMDB binds a write transaction to its
 * thread. While its disk is full, what waits in memory stays there and in the journal, up to a
 * limit, and deletions go on.
 */
final class Checkpoints implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;

  /** With so much in memory a checkpoint begins at once. */
  static final long BEGIN_BYTES = 8 << 20;

  /** With so much in memory changes wait for the end of one. */
  static final long WAIT_BYTES = 4 * BEGIN_BYTES;

  /** What is in memory for so long is written, so that a start has little to read again. */
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private static final Duration RETRY = Duration.ofSeconds(1);

  private final RowStore rows;
  private final Lmdb lmdb;
  private final SpaceGuard space;
  private final Fatal fatal;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();

  /** Something to do, or an end of it. */
  private final Condition moved = lock.newCondition();

  private boolean wanted;
  private boolean diskFull;
  private boolean failed;
  private boolean closed;

  Checkpoints(RowStore rows, Lmdb lmdb, SpaceGuard space, Fatal fatal, String name) {
    this.rows = rows;
    this.lmdb = lmdb;
    this.space = space;
    this.fatal = fatal;
    // What a start has read again shall not be read once more.
    this.wanted = rows.heapBytes() > 0;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    thread.start();
  }

  /** After rows were written. */
  void written() {
    if (rows.heapBytes() >= BEGIN_BYTES) {
      lock.lock();
      try {
        wanted = true;
        moved.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Returns when there is memory for more rows.
   *
   * @throws DiskFullException when there is none because LMDB cannot grow
   */
  void awaitRoom() {
    if (rows.heapBytes() < WAIT_BYTES) {
      return;
    }
    lock.lock();
    try {
      while (rows.heapBytes() >= WAIT_BYTES && !failed && !closed) {
        if (diskFull) {
          throw new DiskFullException("The disk is full, and so is the memory for changes", null);
        }
        wanted = true;
        moved.signalAll();
        moved.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreFailedException("Interrupted while a checkpoint was under way", e);
    } finally {
      lock.unlock();
    }
    fatal.check();
  }

  private void run() {
    try {
      while (awaitWanted()) {
        boolean isDone = write();
        lock.lock();
        try {
          diskFull = !isDone;
          moved.signalAll();
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      fatal.fail("The rows of the store cannot be written", e);
      lock.lock();
      try {
        failed = true;
        moved.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** False when it shall end. */
  private boolean awaitWanted() throws InterruptedException {
    lock.lock();
    try {
      long left = (diskFull ? RETRY : INTERVAL).toNanos();
      while (!closed && left > 0 && (!wanted || diskFull)) {
        left = moved.awaitNanos(left);
      }
      wanted = false;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** False when the disk is full. */
  private boolean write() throws IOException {
    while (true) {
      try {
        boolean _ = rows.checkpoint();
        return true;
      } catch (Env.MapFullException e) {
        lmdb.grow();
      } catch (LmdbNativeException e) {
        if (!isDiskFull(e)) {
          throw e;
        }
        if (!space.release()) {
          log.warn("The disk is full: what was written last waits in the journal");
          return false;
        }
      }
    }
  }

  private static boolean isDiskFull(LmdbNativeException e) {
    return e.getResultCode() == ENOSPC || e.getResultCode() == EDQUOT;
  }

  /** Ends the thread, and makes a last checkpoint if it can. Nothing may be written any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    try {
      if (!failed) {
        boolean _ = write();
      }
    } catch (IOException | LmdbException e) {
      log.warn("No last checkpoint: the next start reads the journal", e);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
