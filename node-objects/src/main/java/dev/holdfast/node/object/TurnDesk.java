// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The lines in which nodes wait to write a key of which this node is the home: first come, first
 * served. A turn that is not given back passes on after {@link #LEASE}: it is a hint, and the
 * compare-and-set of the commit decides. Thread-safe.
 */
final class TurnDesk {
  /** Longer than a write takes; a node that died in its turn holds the line up for so long. */
  static final Duration LEASE = Duration.ofSeconds(5);

  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Line> lines = new HashMap<>();
  private long tickets;

  private static final class Line {
    private final Deque<Condition> waiting = new ArrayDeque<>();
    private long owner;
    private long ownedUntil;
  }

  TurnDesk(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Waits for the turn; returns its ticket, 0 when it did not come in time. */
  long take(String key, Duration wait) {
    lock.lock();
    try {
      long deadline = nanos.getAsLong() + wait.toNanos();
      Line line = lines.computeIfAbsent(key, _ -> new Line());
      Condition mine = lock.newCondition();
      line.waiting.add(mine);
      try {
        while (!line.waiting.element().equals(mine) || isOwned(line)) {
          long left = deadline - nanos.getAsLong();
          if (left <= 0) {
            return 0;
          }
          var _ = mine.awaitNanos(untilLook(line, mine, left));
        }
        line.owner = ++tickets;
        line.ownedUntil = nanos.getAsLong() + LEASE.toNanos();
        return line.owner;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return 0;
      } finally {
        line.waiting.remove(mine);
        next(key, line);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The first in the line looks again when the lease of the owner is over. */
  private long untilLook(Line line, Condition mine, long left) {
    return line.waiting.element().equals(mine)
        ? Math.clamp(line.ownedUntil - nanos.getAsLong(), 1, left)
        : left;
  }

  private boolean isOwned(Line line) {
    return line.owner != 0 && line.ownedUntil - nanos.getAsLong() > 0;
  }

  void give(String key, long ticket) {
    lock.lock();
    try {
      Line line = lines.get(key);
      if (line != null && line.owner == ticket) {
        line.owner = 0;
        next(key, line);
      }
    } finally {
      lock.unlock();
    }
  }

  private void next(String key, Line line) {
    Condition first = line.waiting.peek();
    if (first != null) {
      first.signal();
    } else if (line.owner == 0) {
      lines.remove(key);
    }
  }

  /** How many wait for a key. */
  int waiting(String key) {
    lock.lock();
    try {
      Line line = lines.get(key);
      return line == null ? 0 : line.waiting.size();
    } finally {
      lock.unlock();
    }
  }
}
