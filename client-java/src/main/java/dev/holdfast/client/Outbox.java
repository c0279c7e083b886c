// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Requests that must reach the cluster: each is sent again, the same bytes under the same number,
 * over any number of connections, until its answer is known. That makes a release or a cancel
 * certain without anybody waiting for it. Only for requests that have their effect once, however
 * often they arrive.
 *
 * <p>Owns which are unanswered and when each is sent again. All methods run under the session's
 * guard.
 */
final class Outbox<R extends Outbox.Request> {
  private static final Pause PAUSE = new Pause(Duration.ofMillis(50), Duration.ofSeconds(1));

  /** The live connection. */
  interface Line {
    /** False when there is none, or the session is not known there yet. */
    boolean send(long request, byte[] frame);
  }

  /** A request whose answer is not known. */
  static class Request {
    final long number;

    // The outbox's.
    final byte[] frame;
    int refusals;
    Time.@Nullable Timer again;

    Request(long number, byte[] frame) {
      this.number = number;
      this.frame = frame;
    }

    /** It is on its way, perhaps not for the first time. */
    void sent() {}
  }

  private final Line line;
  private final Guard guard;
  private final RandomGenerator random;
  private final TreeMap<Long, R> unanswered = new TreeMap<>();

  Outbox(Line line, Guard guard, RandomGenerator random) {
    this.line = line;
    this.guard = guard;
    this.random = random;
  }

  /** Now, or as soon as there is a connection. */
  void send(R request) {
    unanswered.put(request.number, request);
    deliver(request);
  }

  private void deliver(R request) {
    if (line.send(request.number, request.frame)) {
      request.sent();
    }
  }

  boolean owns(long number) {
    return unanswered.containsKey(number);
  }

  @Nullable R find(long number) {
    return unanswered.get(number);
  }

  List<R> all() {
    return List.copyOf(unanswered.values());
  }

  /** The oldest number; the greatest there is when nothing waits for its answer. */
  long oldest() {
    return unanswered.isEmpty() ? Long.MAX_VALUE : unanswered.firstKey();
  }

  /** It was answered, or its answer does not matter any more. */
  @Nullable R remove(long number) {
    R request = unanswered.remove(number);
    if (request != null) {
      Time.cancel(request.again);
    }
    return request;
  }

  /** The node could not do it now, or does not know what has become of it: it is asked again. */
  void refusedForNow(R request) {
    Time.cancel(request.again);
    request.again =
        guard.later(
            PAUSE.after(request.refusals++, random),
            () -> {
              if (owns(request.number)) {
                deliver(request);
              }
            });
  }

  /** On a new connection, up to that number: nobody knows what the last one carried over. */
  void resend(long upTo) {
    for (R request : List.copyOf(unanswered.headMap(upTo, true).values())) {
      Time.cancel(request.again);
      deliver(request);
    }
  }

  /** The session has ended: nothing is sent any more. */
  void clear(Consumer<R> ended) {
    for (R request : unanswered.values()) {
      Time.cancel(request.again);
      ended.accept(request);
    }
    unanswered.clear();
  }
}
