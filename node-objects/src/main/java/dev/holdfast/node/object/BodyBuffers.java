// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Shares the memory for bodies under way, so that many at once slow down, and are refused in the
 * end, instead of failing. Four shares, so that no kind of request waits for another: small bodies,
 * chunks that are being received, chunks that are being sent to replicas, downloads. Whoever waits
 * for the third holds the second; the third is given back by replicas alone, so nobody waits for
 * ever.
 */
final class BodyBuffers {
  /** What of a body is read before memory for a whole chunk is asked for. */
  static final int HEAD_BYTES = 64 << 10;

  private static final int UNIT_BYTES = 1 << 10;

  /** What one large download may have in memory: what is read ahead. */
  private static final long DOWNLOAD_BYTES_MAX = 8 << 20;

  static final Reserved NOTHING = () -> {};

  private final Share heads;
  private final Share reading;
  private final Share sending;
  private final Share downloads;
  private final long waitMillis;

  private record Share(int units, Semaphore free) {
    static Share of(long bytes) {
      int units = (int) Math.min(Integer.MAX_VALUE, bytes / UNIT_BYTES);
      return new Share(units, new Semaphore(units, true));
    }
  }

  BodyBuffers(long totalBytes, Duration wait) {
    this.heads = Share.of(totalBytes / 8);
    this.reading = Share.of(totalBytes / 4);
    this.sending = Share.of(totalBytes / 4);
    this.downloads = Share.of(totalBytes * 3 / 8);
    this.waitMillis = wait.toMillis();
  }

  /** Given back by closing it. */
  @FunctionalInterface
  interface Reserved extends AutoCloseable {
    @Override
    void close();
  }

  /** Whether somebody waits for memory that a body holds whose client is slow. */
  boolean othersWait() {
    return heads.free.hasQueuedThreads()
        || reading.free.hasQueuedThreads()
        || downloads.free.hasQueuedThreads();
  }

  /**
   * For the begin of a body, and so for all of a small one.
   *
   * @param bodyBytes -1 when it is not known
   * @throws ObjectException.Overloaded when there is no room in time
   */
  Reserved head(long bodyBytes) {
    return reserve(heads, bodyBytes < 0 ? HEAD_BYTES : Math.min(bodyBytes, HEAD_BYTES));
  }

  /** For a chunk while it comes in: asked for when its begin is here. */
  Reserved reading(int chunkBytes) {
    return reserve(reading, chunkBytes);
  }

  /** For a chunk until its replicas have it, as it is and as frames. */
  Reserved sending(int chunkBytes) {
    return reserve(sending, 2L * chunkBytes);
  }

  Reserved download(long bodyBytes) {
    return reserve(downloads, Math.min(4 * bodyBytes, DOWNLOAD_BYTES_MAX));
  }

  private Reserved reserve(Share share, long bytes) {
    int wanted = (int) Math.min(share.units, bytes / UNIT_BYTES + 1);
    try {
      if (!share.free.tryAcquire(wanted, waitMillis, TimeUnit.MILLISECONDS)) {
        throw new ObjectException.Overloaded();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ObjectException.Overloaded();
    }
    return () -> share.free.release(wanted);
  }
}
