// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The commands that wait for one entry. One thread at a time has its turn: from {@link #add} or
 * {@link #takeTurn}, through the commit, until it finds the queue empty or {@link #park}s it.
 * Retired for good once it ran empty.
 */
final class CommandQueue<C, R> {
  enum Added {
    /** The caller has the turn now and must serve this queue. */
    START,
    QUEUED,
    FULL,
    /** Take another queue. */
    RETIRED
  }

  enum Parked {
    /** The turn is over. The caller sees to it that {@link #takeTurn} is called when due. */
    FIRST,
    /** The turn is over; that call is arranged already. */
    AGAIN,
    /** The turn goes on: more commands have come, and are to be taken together with these. */
    MORE,
    /** The turn goes on: the time for company is over. Nothing was put back. */
    DUE
  }

  final EntryKey key;
  private final ReentrantLock lock = new ReentrantLock();
  // A set, so that a caller who gives up frees its place at once, however long the queue.
  private final SequencedSet<Pending<C, R>> waiting = new LinkedHashSet<>();
  private boolean hasTurn;
  private boolean retired;

  /** Some wait for company, until {@link #dueNanos}. */
  private boolean open;

  private long dueNanos;

  CommandQueue(EntryKey key) {
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
      if (hasTurn) {
        return Added.QUEUED;
      }
      hasTurn = true;
      return Added.START;
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

  /** Up to {@code most} commands; none retires the queue. */
  List<Pending<C, R>> take(int most) {
    lock.lock();
    try {
      List<Pending<C, R>> taken = new ArrayList<>();
      while (taken.size() < most && !waiting.isEmpty()) {
        taken.add(waiting.removeFirst());
      }
      retired = taken.isEmpty();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Puts back what was taken, and ends the turn unless there is more to do at once. */
  Parked park(List<Pending<C, R>> taken, long nowNanos, long companyNanos) {
    lock.lock();
    try {
      if (open && nowNanos - dueNanos >= 0) {
        return Parked.DUE;
      }
      boolean more = !waiting.isEmpty();
      taken.reversed().forEach(waiting::addFirst);
      if (more) {
        return Parked.MORE;
      }
      hasTurn = false;
      if (open) {
        return Parked.AGAIN;
      }
      open = true;
      dueNanos = nowNanos + companyNanos;
      return Parked.FIRST;
    } finally {
      lock.unlock();
    }
  }

  /** Nobody is waited for any more: what was taken is committed. */
  void close() {
    lock.lock();
    try {
      open = false;
    } finally {
      lock.unlock();
    }
  }

  /** Some still wait for the company that was to end then. */
  boolean isOpen(long companyEndNanos) {
    lock.lock();
    try {
      return open && dueNanos == companyEndNanos;
    } finally {
      lock.unlock();
    }
  }

  /** True when the caller has the turn now, because what waits for company has waited enough. */
  boolean takeTurn(long nowNanos) {
    lock.lock();
    try {
      if (hasTurn || !open || nowNanos - dueNanos < 0) {
        return false;
      }
      hasTurn = true;
      return true;
    } finally {
      lock.unlock();
    }
  }
}
