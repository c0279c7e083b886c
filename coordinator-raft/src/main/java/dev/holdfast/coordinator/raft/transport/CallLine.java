// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls to one peer, many at a time, over one connection that its own thread opens and reads. Once
 * it has failed it is of no use any more; all that waits fails with it.
 */
final class CallLine implements Closeable {
  private final Transport transport;
  private final String address;
  private final Hello hello;
  private final Consumer<CallLine> ended;

  private final Map<Long, CompletableFuture<Frame>> unanswered = new ConcurrentHashMap<>();

  private final AtomicLong ids = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock: what was called before the connection was open, then null. */
  private @Nullable List<byte[]> early = new ArrayList<>();

  private volatile @Nullable Outbox outbox;
  private final LongSupplier nanos;
  private volatile long heardNanos;
  private volatile boolean closed;

  /**
   * @param ended told once
   */
  CallLine(Transport transport, String address, Hello hello, Consumer<CallLine> ended) {
    this.transport = transport;
    this.nanos = transport.clock();
    this.heardNanos = nanos.getAsLong();
    this.address = address;
    this.hello = hello;
    this.ended = ended;
  }

  void start() {
    Thread.ofPlatform()
        .daemon()
        .name("raft-calls-" + hello.from() + "-" + hello.to())
        .start(this::run);
  }

  /**
   * Never blocks. Completes with an answer, or fails with {@link RefusedException} when the peer
   * says no, else with an {@link IOException} or a {@link TimeoutException} after which it may have
   * been done. A peer that has said nothing at all since a call that timed out is gone: the line
   * ends, since TCP would wait for minutes after a healed partition.
   */
  CompletableFuture<Frame> call(Kind kind, byte[] payload, Duration timeout) {
    long id = ids.incrementAndGet();
    byte[] frame = Frame.encode(kind, id, payload);
    CompletableFuture<Frame> answer = new CompletableFuture<>();
    long sentNanos = nanos.getAsLong();
    unanswered.put(id, answer);
    var _ =
        Timeouts.limit(answer, timeout)
            .whenComplete((_, failure) -> {
              unanswered.remove(id);
              if (failure instanceof TimeoutException && heardNanos - sentNanos < 0) {
                close();
              }
            });
    if (closed) {
      answer.completeExceptionally(gone(null));
    } else if (!isEarly(frame)) {
      Outbox open = outbox;
      if (open != null) {
        open.send(frame);
      }
    }
    return answer;
  }

  private boolean isEarly(byte[] frame) {
    if (outbox != null) {
      return false;
    }
    lock.lock();
    try {
      return early != null && early.add(frame);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    IOException failure = null;
    try (Connection connection = transport.open(address)) {
      transport.introduce(connection, hello);
      try (Outbox opened =
          transport.newOutbox(connection, Thread.currentThread().getName() + "-out")) {
        opened(opened);
        while (!closed) {
          Frame frame = connection.receive();
          heardNanos = nanos.getAsLong();
          answered(frame);
        }
      }
    } catch (IOException e) {
      failure = e;
    } finally {
      closed = true;
      ended.accept(this);
      IOException reason = gone(failure);
      unanswered.values().forEach(answer -> answer.completeExceptionally(reason));
    }
  }

  private void opened(Outbox opened) {
    heardNanos = nanos.getAsLong(); // The handshake was an answer.
    lock.lock();
    try {
      if (early != null) {
        early.forEach(opened::send);
      }
      early = null;
      outbox = opened;
    } finally {
      lock.unlock();
    }
    if (closed) {
      opened.close();
    }
  }

  private void answered(Frame frame) throws IOException {
    if (frame.id() == 0) {
      throw new RefusedException(frame.text());
    }
    CompletableFuture<Frame> answer = unanswered.get(frame.id());
    if (answer == null) {
      return; // Given up meanwhile.
    }
    if (frame.kind() == Kind.ANSWER) {
      answer.complete(frame);
    } else {
      answer.completeExceptionally(new RefusedException(frame.text()));
    }
  }

  private IOException gone(@Nullable IOException cause) {
    return new IOException(
        "The connection to "
            + hello.to()
            + " at "
            + address
            + (cause == null ? " was closed" : " has ended: " + cause.getMessage()),
        cause);
  }

  @Override
  public void close() {
    closed = true;
    Outbox open = outbox;
    if (open != null) {
      open.close();
    }
  }
}
