// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hands changes to one listener, on the thread of its node. {@code started}, {@code tell} and
 * {@code resync} are called under the lock of the cluster, which gives their order.
 */
final class MemoryWatch implements Coordinator.Watch {
  /** More calls waiting than this are dropped, and the listener is asked to scan again. */
  static final int CALLS_WAITING_MAX = 10_000;

  private static final System.Logger LOG = System.getLogger(MemoryWatch.class.getName());

  private final String prefix;
  private final WatchListener listener;
  private final Executor dispatcher;
  private final Runnable onClose;
  private volatile Backlog backlog = new Backlog();
  private volatile boolean closed;

  /** The listener failed: it must scan before it is told more. Owned by the dispatcher. */
  private boolean lost;

  private static final class Backlog {
    final AtomicInteger calls = new AtomicInteger();
  }

  MemoryWatch(String prefix, WatchListener listener, Executor dispatcher, Runnable onClose) {
    this.prefix = prefix;
    this.listener = listener;
    this.dispatcher = dispatcher;
    this.onClose = onClose;
  }

  void started(long revision) {
    enqueue(revision, () -> listener.started(revision));
  }

  void tell(Delta delta) {
    List<Observation> mine =
        delta.changed().stream().filter(seen -> seen.key().startsWith(prefix)).toList();
    if (mine.isEmpty()) {
      return;
    }
    if (backlog.calls.get() >= CALLS_WAITING_MAX) {
      resync(delta.revision());
    } else {
      enqueue(delta.revision(), () -> listener.changed(mine));
    }
  }

  /** Drops what waits, and asks for a scan. */
  void resync(long revision) {
    backlog = new Backlog(); // calls of the old one are skipped
    enqueue(revision, () -> listener.resync(revision));
  }

  private void enqueue(long revision, Runnable call) {
    Backlog mine = backlog;
    mine.calls.incrementAndGet();
    dispatcher.execute(() -> {
      mine.calls.decrementAndGet();
      if (!closed && mine == backlog) {
        run(revision, call);
      }
    });
  }

  private void run(long revision, Runnable call) {
    if (!lost) {
      try {
        call.run();
        return;
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.DEBUG, "A watch listener failed and is asked to scan again", e);
        lost = true;
      }
    }
    try {
      listener.resync(revision);
      lost = false;
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "A watch listener failed at its scan", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    onClose.run();
  }
}
