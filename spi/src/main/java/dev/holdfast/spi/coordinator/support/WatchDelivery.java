// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Carries changes from the thread that applies them to the listeners of watches, on one thread of
 * its own. A listener that cannot keep up, or throws, is told to scan again (R6), as {@link
 * WatchListener} promises.
 *
 * <p>Thread-safe, and no method waits for a listener. The backend gives the order: it calls {@link
 * #add} and {@link #changed} under the lock under which it applies.
 *
 * @param <C> a change as the backend has it; it becomes an observation on the thread of delivery,
 *     so that applying is not slowed
 */
public final class WatchDelivery<C> implements AutoCloseable {
  /** Changes that wait for one listener at most. With one more it is told to scan again. */
  public static final int WAITING_MAX = 20_000;

  private final Function<? super C, Observation> observation;
  private final Trouble trouble;
  private final CopyOnWriteArrayList<WatchLine<C>> lines = new CopyOnWriteArrayList<>();
  private final Semaphore work = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;

  /** Told of listeners in trouble, for logs and figures. Thread-safe, returns at once. */
  public interface Trouble {
    /** What waited for a listener is dropped: it will be told to scan again. Once until it is. */
    void dropped(String prefix);

    /** A listener threw. */
    void failed(String prefix, RuntimeException failure);
  }

  /**
   * @param threadName of the thread that calls listeners
   * @param observation what a listener is told of a change
   */
  public WatchDelivery(
      String threadName, Function<? super C, Observation> observation, Trouble trouble) {
    this.observation = observation;
    this.trouble = trouble;
    this.thread = Thread.ofPlatform().name(threadName).daemon().unstarted(this::run);
  }

  /** Call it once. What comes before waits. */
  public void start() {
    thread.start();
  }

  /**
   * A watch of what changes from now on. Called while nothing can be applied, so that it begins
   * exactly at the revision.
   *
   * @param wanted of a change, whether its key starts with the prefix; called by {@link #changed}
   */
  public Watch add(
      String prefix, Predicate<? super C> wanted, WatchListener listener, long revision) {
    WatchLine<C> line = new WatchLine<>(this, prefix, wanted, listener, revision);
    lines.add(line);
    work.release();
    return line;
  }

  /**
   * @param revision of the newest of these changes; later calls have no older one
   */
  public void changed(List<? extends C> changes, long revision) {
    if (lines.isEmpty()) {
      return;
    }
    lines.forEach(line -> line.offer(changes, revision));
    work.release();
  }

  /** Changes up to this revision may be missing: every listener is told to scan again. */
  public void resync(long revision) {
    lines.forEach(line -> line.dropUpTo(revision));
    work.release();
  }

  private void run() {
    try {
      while (!closed) {
        work.acquire();
        work.drainPermits();
        lines.forEach(WatchLine::deliver);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  Observation observation(C change) {
    return observation.apply(change);
  }

  Trouble trouble() {
    return trouble;
  }

  void remove(WatchLine<C> line) {
    lines.remove(line);
  }

  /** Ends the thread; interrupts a listener that is being told something, waits for none. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
