// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.Timeouts;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this server appends to its log while it leads: one entry at a time. The batches of all nodes
 * that come meanwhile make up the next one, since an entry costs the cluster about the same
 * whatever it holds. Thread-safe; nobody waits.
 *
 * <p>An entry is appended by the thread that brings what it still lacked: a batch, or the answers
 * to the entry before. Only one that its {@link Departure} has waited for in vain is appended by a
 * thread of the funnel's own.
 */
final class LogFunnel implements AutoCloseable {
  /** Of an entry; what does not fit goes into the one after it. */
  private static final long ENTRY_BYTES_MAX = 2 << 20;

  /** Of all batches that wait; each node has one on its way, of some 2 MiB at most. */
  private static final long WAITING_BYTES_MAX = 32 << 20;

  private final Function<byte[], CompletableFuture<ByteBuffer>> log;
  private final Duration patience;
  private final LongSupplier nanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition incomplete = lock.newCondition();

  /** Guarded by the lock, as is what follows. */
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  private long waitingBytes;

  private final Departure departure = new Departure();
  private boolean underWay;
  private boolean closed;

  /** The funnel's own thread looks after what waits. */
  private boolean attended;

  private record Waiting(Bytes batch, CompletableFuture<ByteBuffer> answers) {}

  /**
   * @param log appends an entry, and completes with the answers of its application, or fails when
   *     its outcome is not known
   * @param patience with an entry whose outcome nobody tells, such as of a server that was closed;
   *     then it is unknown, and the next one goes on
   */
  LogFunnel(
      Function<byte[], CompletableFuture<ByteBuffer>> log, Duration patience, LongSupplier nanos) {
    this.log = log;
    this.patience = patience;
    this.nanos = nanos;
    Thread.ofPlatform().daemon().name("raft-funnel").start(this::appendIncomplete);
  }

  /**
   * Completes with the answers to this batch. Any failure leaves its outcome unknown.
   *
   * @throws UnavailableException too much waits; it was not appended
   */
  CompletableFuture<ByteBuffer> submit(byte[] batch) {
    Waiting one = new Waiting(Bytes.wrap(batch), new CompletableFuture<>());
    boolean append;
    lock.lock();
    try {
      if (waitingBytes + batch.length > WAITING_BYTES_MAX) {
        throw new UnavailableException(
            "Busy: batches of %d bytes wait for the log".formatted(waitingBytes));
      }
      waiting.add(one);
      waitingBytes += batch.length;
      append = begins();
    } finally {
      lock.unlock();
    }
    if (append) {
      append();
    }
    return one.answers;
  }

  /** Under the lock. True when the caller has to append the next entry now. */
  private boolean begins() {
    if (underWay || waiting.isEmpty()) {
      return false;
    }
    if (departure.isDue(waiting.size(), nanos.getAsLong())) {
      underWay = true;
      return true;
    }
    if (!attended) {
      incomplete.signal();
    }
    return false;
  }

  private void appendIncomplete() {
    try {
      while (awaitIncomplete()) {
        append();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** True when an entry is to be appended that others did not come for; false at the end. */
  private boolean awaitIncomplete() throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        if (begins()) {
          return true;
        }
        attended = !underWay && !waiting.isEmpty();
        if (attended) {
          var _ = incomplete.awaitNanos(departure.remainingNanos(nanos.getAsLong()));
        } else {
          incomplete.await();
        }
      }
      return false;
    } finally {
      attended = false;
      lock.unlock();
    }
  }

  private void append() {
    List<Waiting> entry = next();
    var _ =
        Timeouts.limit(
                log.apply(LogCodec.join(entry.stream().map(one -> one.batch.toArray()).toList())),
                patience)
            .whenComplete((answers, failure) -> {
              if (answered()) {
                append();
              }
              settle(entry, answers, failure);
            });
  }

  private List<Waiting> next() {
    List<Waiting> entry = new ArrayList<>();
    long bytes = 0;
    lock.lock();
    try {
      while (!waiting.isEmpty()) {
        int size = waiting.getFirst().batch.length();
        bytes += size;
        if (!entry.isEmpty() && bytes > ENTRY_BYTES_MAX) {
          break;
        }
        entry.add(waiting.removeFirst());
        waitingBytes -= size;
      }
      departure.left(entry.size(), nanos.getAsLong());
    } finally {
      lock.unlock();
    }
    return entry;
  }

  /** True when the next entry is to be appended at once. */
  private boolean answered() {
    lock.lock();
    try {
      underWay = false;
      departure.answered(waiting.size(), nanos.getAsLong());
      return begins();
    } finally {
      lock.unlock();
    }
  }

  private static void settle(
      List<Waiting> entry, @Nullable ByteBuffer answers, @Nullable Throwable failure) {
    List<ByteBuffer> each = answers == null ? List.of() : LogCodec.split(answers);
    for (int i = 0; i < entry.size(); i++) {
      CompletableFuture<ByteBuffer> waiting = entry.get(i).answers;
      if (each.size() == entry.size()) {
        waiting.complete(each.get(i));
      } else {
        waiting.completeExceptionally(
            failure != null ? failure : new IllegalStateException("The entry has no answers"));
      }
    }
  }

  /** What waits is left to the patience of those who sent it. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      incomplete.signal();
    } finally {
      lock.unlock();
    }
  }
}
