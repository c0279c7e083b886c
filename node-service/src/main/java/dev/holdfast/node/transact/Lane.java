package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The commands that wait for one entry. Retired for good once it ran empty. */
final class Lane<C, R> {
  enum Added {
    /** The caller must start the thread that serves this lane. */
    START,
    QUEUED,
    FULL,
    /** Take another lane. */
    RETIRED
  }

  final EntryKey key;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  // A set, so that a caller who gives up frees its place at once, however long the queue.
  private final SequencedSet<Pending<C, R>> waiting = new LinkedHashSet<>();
  private boolean started;
  private boolean retired;

  Lane(EntryKey key) {
    this.key = key;
  }

  Added add(Pending<C, R> pending, int limit) {
    lock.lock();
    try {
      if (retired) {
        return Added.RETIRED;
      }
      if (waiting.size() >= limit) {
        return Added.FULL;
      }
      waiting.add(pending);
      boolean first = !started;
      started = true;
      added.signal();
      return first ? Added.START : Added.QUEUED;
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** False when it was taken before: then it may have been run. */
  boolean withdraw(Pending<C, R> pending) {
    lock.lock();
    try {
      return waiting.remove(pending);
    } finally {
      lock.unlock();
    }
  }

  /** Up to {@code most} commands; none retires the lane. */
  List<Pending<C, R>> take(int most) {
    lock.lock();
    try {
      List<Pending<C, R>> taken = first(most);
      retired = taken.isEmpty();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** What comes within that time, up to {@code most} commands; does not retire the lane. */
  List<Pending<C, R>> takeWithin(long nanos, int most) {
    long rest = nanos;
    lock.lock();
    try {
      while (waiting.isEmpty() && rest > 0) {
        rest = added.awaitNanos(rest);
      }
      return first(most);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return List.of();
    } finally {
      lock.unlock();
    }
  }

  private List<Pending<C, R>> first(int most) {
    List<Pending<C, R>> taken = new ArrayList<>();
    while (taken.size() < most && !waiting.isEmpty()) {
      taken.add(waiting.removeFirst());
    }
    return taken;
  }
}
