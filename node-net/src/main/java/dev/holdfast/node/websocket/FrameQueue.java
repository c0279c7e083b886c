// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * What waits to be written to one connection: bounded, in order, a close frame last. Thread-safe.
 */
final class FrameQueue {
  private final WebSocketLimits limits;
  private final LongConsumer account;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final ArrayDeque<OutFrame> frames = new ArrayDeque<>();
  private int sizeBytes;
  private volatile boolean closing;
  private volatile boolean ended;

  /**
   * @param account is told by how many bytes the queue grows or shrinks; under the queue's lock
   */
  FrameQueue(WebSocketLimits limits, LongConsumer account) {
    this.limits = limits;
    this.account = account;
  }

  /** Whether a close frame was queued: nothing follows it. */
  boolean isClosing() {
    return closing;
  }

  /** False when the queue is full, closing or ended: certainly not sent. */
  boolean offer(OutFrame frame) {
    lock.lock();
    try {
      if (closing || ended || !hasRoom(frame.sizeBytes)) {
        return false;
      }
      add(frame);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a frame that is of no use behind others. */
  void offerIfIdle(OutFrame frame) {
    lock.lock();
    try {
      if (!closing && !ended && frames.isEmpty()) {
        add(frame);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The last frame, full or not.
   *
   * @param first runs before the frame can be written, if it is taken
   * @return false when there was a last one before, or the connection ended
   */
  boolean close(OutFrame frame, Runnable first) {
    lock.lock();
    try {
      if (closing || ended) {
        return false;
      }
      closing = true;
      first.run();
      add(frame);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for room; false when there is none in time, or the connection ended. */
  boolean awaitRoom(int bytes, long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (!hasRoom(bytes)) {
        if (left <= 0 || ended) {
          return false;
        }
        left = room.awaitNanos(left);
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return frames.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Puts what is next into the batch; returns how many buffers that are. */
  int fill(ByteBuffer[] batch) {
    lock.lock();
    try {
      int buffers = 0;
      for (OutFrame frame : frames) {
        if (buffers == batch.length) {
          break;
        }
        frame.handOver();
        batch[buffers++] = frame.header;
        batch[buffers++] = frame.payload;
      }
      return buffers;
    } finally {
      lock.unlock();
    }
  }

  void removeWritten() {
    lock.lock();
    try {
      boolean removed = false;
      OutFrame first = frames.peek();
      while (first != null && first.isWritten()) {
        frames.remove();
        removed(first);
        removed = true;
        first = frames.peek();
      }
      if (removed) {
        room.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Drops what the socket has taken nothing of. Nobody may be writing meanwhile. */
  void dropUnbegun() {
    lock.lock();
    try {
      frames.removeIf(frame -> {
        boolean drop = !frame.isBegun();
        if (drop) {
          removed(frame);
        }
        return drop;
      });
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Drops everything; nothing is taken any more. */
  void end() {
    lock.lock();
    try {
      ended = true;
      frames.clear();
      account.accept(-sizeBytes);
      sizeBytes = 0;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom(int bytes) {
    return frames.isEmpty()
        || (frames.size() < limits.queuedFrames()
            && sizeBytes + (long) bytes <= limits.queuedBytes());
  }

  private void add(OutFrame frame) {
    frames.add(frame);
    sizeBytes += frame.sizeBytes;
    account.accept(frame.sizeBytes);
  }

  private void removed(OutFrame frame) {
    sizeBytes -= frame.sizeBytes;
    account.accept(-frame.sizeBytes);
  }
}
