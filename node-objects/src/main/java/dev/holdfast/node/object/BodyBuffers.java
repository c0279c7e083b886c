package dev.holdfast.node.object;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Shares the memory for bodies under way, so that many at once slow down instead of failing. */
final class BodyBuffers {
  private static final int UNIT_BYTES = 1 << 10;

  /** What one large upload or download may have in memory: its lanes, and what is read ahead. */
  private static final long ONE_BYTES_MAX = 8 << 20;

  private final Semaphore units;
  private final long waitMillis;

  BodyBuffers(long totalBytes, Duration wait) {
    this.units = new Semaphore((int) Math.min(Integer.MAX_VALUE, totalBytes / UNIT_BYTES), true);
    this.waitMillis = wait.toMillis();
  }

  /** Given back by closing it. */
  @FunctionalInterface
  interface Reserved extends AutoCloseable {
    @Override
    void close();
  }

  boolean othersWait() {
    return units.hasQueuedThreads();
  }

  /**
   * @param bodyBytes -1 when it is not known
   * @throws dev.holdfast.node.http.ProblemException 429 when there is no room in time
   */
  Reserved reserve(long bodyBytes) {
    long bytes = bodyBytes < 0 ? ONE_BYTES_MAX : Math.min(4 * bodyBytes, ONE_BYTES_MAX);
    int wanted = (int) (bytes / UNIT_BYTES) + 1;
    try {
      if (!units.tryAcquire(wanted, waitMillis, TimeUnit.MILLISECONDS)) {
        throw Problems.overloaded();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problems.overloaded();
    }
    return () -> units.release(wanted);
  }
}
