// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.peer.PeerTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one kind to one node: those that come while calls are under way share the next one.
 * So a lone request goes at once, and a hundred cost a few messages. Thread-safe, never blocks.
 *
 * @param <Q> a request
 * @param <R> its answer
 */
final class CallBatcher<Q, R> {
  /** Of one call. */
  private static final int REQUESTS_MAX = 256;

  private static final long BYTES_MAX = 512 << 10;

  /** Behind the calls under way: the memory that a node costs which is slow or stands still. */
  private static final long WAITING_BYTES_MAX = 16 << 20;

  private final String nodeId;
  private final int callsMax;
  private final ToLongFunction<Q> sizeBytes;
  private final Function<List<Q>, CompletableFuture<List<R>>> call;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private final Queue<Waiting<Q, R>> waiting = new ArrayDeque<>();

  private long waitingBytes;
  private int calls;

  private record Waiting<Q, R>(Q request, CompletableFuture<R> answer) {}

  /**
   * @param callsMax under way at once
   * @param call answers the requests in their order, on a thread that must not be blocked
   */
  CallBatcher(
      String nodeId,
      int callsMax,
      ToLongFunction<Q> sizeBytes,
      Function<List<Q>, CompletableFuture<List<R>>> call) {
    this.nodeId = nodeId;
    this.callsMax = callsMax;
    this.sizeBytes = sizeBytes;
    this.call = call;
  }

  /**
   * The future fails as the call does that carries the request, and with {@link
   * PeerTimeoutException} when too much waits already.
   */
  CompletableFuture<R> send(Q request) {
    CompletableFuture<R> answer = new CompletableFuture<>();
    List<Waiting<Q, R>> next;
    lock.lock();
    try {
      if (waitingBytes > WAITING_BYTES_MAX) {
        return CompletableFuture.failedFuture(
            new PeerTimeoutException(nodeId + " takes less than is written", null));
      }
      waiting.add(new Waiting<>(request, answer));
      waitingBytes += sizeBytes.applyAsLong(request);
      next = begun();
    } finally {
      lock.unlock();
    }
    carry(next);
    return answer;
  }

  /** What the next call carries; nothing when none may begin. Holds the lock. */
  private List<Waiting<Q, R>> begun() {
    List<Waiting<Q, R>> batch = new ArrayList<>();
    long taken = 0;
    while (calls < callsMax && batch.size() < REQUESTS_MAX && waiting.peek() != null) {
      long bytes = sizeBytes.applyAsLong(waiting.element().request);
      if (taken + bytes > BYTES_MAX && !batch.isEmpty()) {
        break;
      }
      taken += bytes;
      batch.add(waiting.remove());
    }
    calls += batch.isEmpty() ? 0 : 1;
    waitingBytes -= taken;
    return batch;
  }

  private void carry(List<Waiting<Q, R>> batch) {
    if (!batch.isEmpty()) {
      var _ =
          call.apply(batch.stream().map(Waiting::request).toList())
              .whenComplete((answers, error) -> {
                settle(batch, answers, error);
                carry(ended());
              });
    }
  }

  private List<Waiting<Q, R>> ended() {
    lock.lock();
    try {
      calls--;
      return begun();
    } finally {
      lock.unlock();
    }
  }

  private static <Q, R> void settle(
      List<Waiting<Q, R>> batch, @Nullable List<R> answers, @Nullable Throwable error) {
    for (int i = 0; i < batch.size(); i++) {
      CompletableFuture<R> answer = batch.get(i).answer;
      if (answers != null && i < answers.size()) {
        answer.complete(answers.get(i));
      } else {
        answer.completeExceptionally(
            error == null ? new IllegalStateException("An answer is missing") : error);
      }
    }
  }
}
