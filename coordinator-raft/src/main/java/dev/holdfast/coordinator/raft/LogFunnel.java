package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.Timeouts;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What this server appends to its log while it leads: one entry at a time. The batches of all nodes
 * that come meanwhile make up the next one, since an entry costs the cluster about the same
 * whatever it holds. Thread-safe; nobody waits.
 */
final class LogFunnel {
  /** Of an entry; what does not fit goes into the one after it. */
  private static final long ENTRY_BYTES_MAX = 2 << 20;

  private final Function<byte[], CompletableFuture<ByteBuffer>> log;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock, as is what follows. */
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  private boolean underWay;

  private record Waiting(Bytes batch, CompletableFuture<ByteBuffer> answers) {}

  private final Duration patience;

  /**
   * @param log appends an entry, and completes with the answers of its application, or fails when
   *     its outcome is not known
   * @param patience with an entry whose outcome nobody tells, such as of a server that was closed;
   *     then it is unknown, and the next one goes on
   */
  LogFunnel(Function<byte[], CompletableFuture<ByteBuffer>> log, Duration patience) {
    this.log = log;
    this.patience = patience;
  }

  /** Completes with the answers to this batch. Any failure leaves its outcome unknown. */
  CompletableFuture<ByteBuffer> submit(byte[] batch) {
    Waiting one = new Waiting(Bytes.wrap(batch), new CompletableFuture<>());
    lock.lock();
    try {
      waiting.add(one);
      if (underWay) {
        return one.answers;
      }
      underWay = true;
    } finally {
      lock.unlock();
    }
    append();
    return one.answers;
  }

  private void append() {
    List<Waiting> entry = next();
    if (entry.isEmpty()) {
      return;
    }
    var _ =
        Timeouts.limit(
                log.apply(LogCodec.join(entry.stream().map(one -> one.batch.toArray()).toList())),
                patience)
            .whenComplete((answers, failure) -> {
              append();
              settle(entry, answers, failure);
            });
  }

  private List<Waiting> next() {
    List<Waiting> entry = new ArrayList<>();
    long bytes = 0;
    lock.lock();
    try {
      while (!waiting.isEmpty()) {
        bytes += waiting.getFirst().batch.length();
        if (!entry.isEmpty() && bytes > ENTRY_BYTES_MAX) {
          break;
        }
        entry.add(waiting.removeFirst());
      }
      underWay = !entry.isEmpty();
    } finally {
      lock.unlock();
    }
    return entry;
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
}
