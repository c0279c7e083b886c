// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes to one connection for threads that must not wait for a peer that does not read: those that
 * apply the log, and the proposer. Closes the connection of a peer that reads too little.
 */
final class Outbox implements Closeable {
  /** A peer that lets so much wait is not there any more. */
  private static final long WAITING_BYTES_MAX = 16 << 20;

  /** What a frame that waits takes beside its bytes. */
  private static final int OVERHEAD_BYTES = 64;

  /** A longer frame costs more than the thread that it would save. */
  private static final int DIRECT_BYTES_MAX = 64 * 1024;

  private final Connection connection;
  private final Duration stallMax;
  private final ByteBudget budget;
  private final BlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Thread writer;
  private volatile boolean ended;

  /**
   * @param stallMax a peer that takes nothing for so long is hung up on
   * @param budget for what waits
   */
  Outbox(Connection connection, Duration stallMax, ByteBudget budget, String name) {
    this.connection = connection;
    this.stallMax = stallMax;
    this.budget = budget;
    this.writer = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /**
   * Never blocks. Writes the frame at once if nothing else is being written and it surely fits into
   * the kernel's buffer, else leaves it to the writer. A connection that fails is closed, and its
   * reader learns of it.
   */
  void send(byte[] frame) {
    try {
      if (frame.length <= DIRECT_BYTES_MAX && waiting.isEmpty() && connection.trySend(frame)) {
        return;
      }
    } catch (IOException _) {
      connection.close();
      return;
    }
    if (!budget.tryTake(frame.length)) {
      connection.close();
      return;
    }
    if (waitingBytes.addAndGet(frame.length + OVERHEAD_BYTES) > WAITING_BYTES_MAX) {
      budget.giveBack(frame.length);
      connection.close();
      return;
    }
    waiting.add(frame);
    if (ended) {
      drop();
    }
  }

  private void drop() {
    for (byte[] frame = waiting.poll(); frame != null; frame = waiting.poll()) {
      budget.giveBack(frame.length);
    }
  }

  private void run() {
    try {
      while (true) {
        byte[] frame = waiting.take();
        try {
          connection.send(frame, stallMax);
        } finally {
          waitingBytes.addAndGet(-(frame.length + OVERHEAD_BYTES));
          budget.giveBack(frame.length);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException _) {
      connection.close();
    } finally {
      ended = true;
      drop();
    }
  }

  @Override
  public void close() {
    writer.interrupt();
    connection.close();
  }
}
