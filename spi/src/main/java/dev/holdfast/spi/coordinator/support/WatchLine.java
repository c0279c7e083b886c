// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** What waits for one listener: its changes in order or, once some were dropped, a scan. */
final class WatchLine<C> implements Watch {
  private static final int BATCH_MAX = 1_000;

  private final WatchDelivery<C> delivery;
  private final String prefix;
  private final Predicate<? super C> wanted;
  private final WatchListener listener;
  private final long startRevision;

  private final ReentrantLock guard = new ReentrantLock();
  private final ArrayDeque<C> waiting = new ArrayDeque<>();
  private boolean mustScan;
  private long newestRevision;

  /** Owned by the thread of delivery. */
  private boolean started;

  private volatile boolean closed;

  WatchLine(
      WatchDelivery<C> delivery,
      String prefix,
      Predicate<? super C> wanted,
      WatchListener listener,
      long startRevision) {
    this.delivery = delivery;
    this.prefix = prefix;
    this.wanted = wanted;
    this.listener = listener;
    this.startRevision = startRevision;
    this.newestRevision = startRevision;
  }

  void offer(List<? extends C> changes, long revision) {
    guard.lock();
    try {
      newestRevision = Math.max(newestRevision, revision);
      for (C change : changes) {
        if (mustScan || !wanted.test(change)) {
          continue;
        }
        if (waiting.size() < WatchDelivery.WAITING_MAX) {
          waiting.add(change);
        } else {
          drop();
        }
      }
    } finally {
      guard.unlock();
    }
  }

  void dropUpTo(long revision) {
    guard.lock();
    try {
      newestRevision = Math.max(newestRevision, revision);
      drop();
    } finally {
      guard.unlock();
    }
  }

  private void drop() {
    if (!mustScan) {
      delivery.trouble().dropped(prefix);
    }
    mustScan = true;
    waiting.clear();
  }

  void deliver() {
    try {
      if (!started) {
        started = true;
        listener.started(startRevision);
      }
      while (!closed && deliverSome()) {}
    } catch (RuntimeException e) {
      failed(e);
      deliverAfterFailure();
    }
  }

  /** A listener that also throws here is told to scan again when there is a new change. */
  private void deliverAfterFailure() {
    try {
      deliverSome();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void failed(RuntimeException failure) {
    delivery.trouble().failed(prefix, failure);
    dropUpTo(startRevision);
  }

  /** False when there is nothing. */
  private boolean deliverSome() {
    List<C> batch = new ArrayList<>();
    boolean scan;
    long revision;
    guard.lock();
    try {
      scan = mustScan;
      revision = newestRevision;
      mustScan = false;
      while (!scan && batch.size() < BATCH_MAX && !waiting.isEmpty()) {
        batch.add(waiting.removeFirst());
      }
    } finally {
      guard.unlock();
    }
    if (scan) {
      listener.resync(revision);
    } else if (!batch.isEmpty()) {
      listener.changed(batch.stream().map(delivery::observation).toList());
    }
    return scan || !batch.isEmpty();
  }

  @Override
  public void close() {
    closed = true;
    delivery.remove(this);
  }
}
