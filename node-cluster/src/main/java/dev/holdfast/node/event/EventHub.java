// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The last events of this node, for any number of readers, each with a {@link Cursor} of its own.
 * Nobody who tells waits for a reader: a slow one misses events, and is told how many. Thread-safe.
 */
public final class EventHub {
  /** Events that a reader may be behind before it misses some. */
  public static final int KEPT = 1_024;

  /** Readers at the same time; each is a connection. */
  public static final int READERS_MAX = 256;

  private static final int BATCH_MAX = 64;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private final Deque<NodeEvent> ring = new ArrayDeque<>();
  private final String node;
  private final String start;
  private final InstantSource clock;
  private long last;
  private int readers;
  private boolean over;

  /**
   * @param start unlike that of any other start of any node; of {@code [a-z0-9]}
   */
  public EventHub(String node, String start, InstantSource clock) {
    this.node = node;
    this.start = start;
    this.clock = clock;
  }

  /**
   * Tells all readers.
   *
   * @param details names and values by turns; a value is a string, or a number
   */
  public void tell(String type, Object... details) {
    Map<String, Object> byName = new LinkedHashMap<>();
    for (int i = 0; i < details.length; i += 2) {
      byName.put((String) details[i], details[i + 1]);
    }
    NodeEvent event;
    lock.lock();
    try {
      event = new NodeEvent(++last, type, clock.instant(), node, byName);
      ring.addLast(event);
      if (ring.size() > KEPT) {
        ring.removeFirst();
      }
      more.signalAll();
    } finally {
      lock.unlock();
    }
    EventLog.write(event);
  }

  /** This node stops: readers come to their end, after what has been told. */
  public void end() {
    lock.lock();
    try {
      over = true;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What a reader names to go on after this event, also on another connection. */
  public String id(long sequence) {
    return start + "-" + sequence;
  }

  /**
   * Begins to read.
   *
   * @param after the {@link #id} of the last event that the reader has, or empty for what comes
   *     from now on
   * @throws IllegalStateException when {@link #READERS_MAX} read already
   */
  public Cursor read(String after) {
    lock.lock();
    try {
      if (readers >= READERS_MAX) {
        throw new IllegalStateException(READERS_MAX + " readers read already");
      }
      readers++;
      if (after.isEmpty()) {
        return new Cursor(last, false);
      }
      long known = sequence(after);
      return known < 0 ? new Cursor(oldest() - 1, true) : new Cursor(known, false);
    } finally {
      lock.unlock();
    }
  }

  /** -1 for the id of another node or another start of this one. */
  private long sequence(String id) {
    if (id.startsWith(start + "-")) {
      try {
        long sequence = Long.parseLong(id.substring(start.length() + 1));
        if (sequence >= 0 && sequence <= last) {
          return sequence;
        }
      } catch (NumberFormatException e) {
        return -1; // Not one of ours: the reader learns that it missed something.
      }
    }
    return -1;
  }

  private long oldest() {
    return last - ring.size() + 1;
  }

  /**
   * @param missed that something was missed before these events
   * @param missedCount how many, 0 when nobody can tell
   */
  public record Batch(boolean missed, long missedCount, List<NodeEvent> events) {}

  /** The place of one reader. Confined to its thread. */
  public final class Cursor implements AutoCloseable {
    private long at;
    private boolean lost;
    private boolean closed;

    private Cursor(long at, boolean lost) {
      this.at = at;
      this.lost = lost;
    }

    /** The id of the last event that was handed out, or of the place where it began. */
    public String position() {
      return id(at);
    }

    /** Waits for events, in order; an empty batch when none came in time. */
    public Batch next(Duration patience) throws InterruptedException {
      long rest = patience.toNanos();
      lock.lockInterruptibly();
      try {
        while (at == last && !lost && !over && rest > 0) {
          rest = more.awaitNanos(rest);
        }
        boolean missed = lost;
        lost = false;
        long gone = Math.max(0, oldest() - 1 - at);
        at += gone;
        List<NodeEvent> events = new ArrayList<>();
        for (NodeEvent event : ring) {
          if (event.sequence() > at && events.size() < BATCH_MAX) {
            events.add(event);
          }
        }
        at += events.size();
        return new Batch(missed || gone > 0, gone, events);
      } finally {
        lock.unlock();
      }
    }

    /** Whether everything was handed out, and nothing more will be told. */
    public boolean isOver() {
      lock.lock();
      try {
        return over && at == last;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          readers--;
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
