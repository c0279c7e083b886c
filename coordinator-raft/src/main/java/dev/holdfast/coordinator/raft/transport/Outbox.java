package dev.holdfast.coordinator.raft.transport;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes to one connection for threads that must not wait for a peer that does not read: those that
 * apply the log, and the proposer.
 */
final class Outbox implements Closeable {
  /** A peer that lets so much wait is not there any more. */
  private static final long WAITING_BYTES_MAX = 64 << 20;

  private final Connection connection;
  private final BlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Thread writer;

  Outbox(Connection connection, String name) {
    this.connection = connection;
    this.writer = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /** Leaves it to the writer. A connection that fails is closed, and its reader hears of it. */
  void send(byte[] frame) {
    if (waitingBytes.addAndGet(frame.length) > WAITING_BYTES_MAX) {
      connection.close();
      return;
    }
    waiting.add(frame);
  }

  /**
   * Writes it at once if nothing else is being written; only for what surely fits into the kernel's
   * buffer.
   */
  void sendSmall(byte[] frame) {
    try {
      if (waiting.isEmpty() && connection.sendUnlessBusy(frame)) {
        return;
      }
    } catch (IOException _) {
      connection.close();
      return;
    }
    send(frame);
  }

  private void run() {
    try {
      while (true) {
        byte[] frame = waiting.take();
        connection.send(frame);
        waitingBytes.addAndGet(-frame.length);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException _) {
      connection.close();
    }
  }

  @Override
  public void close() {
    writer.interrupt();
    connection.close();
  }
}
