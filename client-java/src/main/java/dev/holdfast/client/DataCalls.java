// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes of data: maps, counters, latches, barriers. Other than what is in an {@link
 * Outbox}, a call has a time limit, is encoded anew for each send, and waits for a slot before it
 * is sent at all when it is a write.
 *
 * <p>A write keeps its slot and the sequence in it over every resend, so it has its effect once,
 * whichever nodes it reached. When it is given up, its outcome is unknown if it was ever sent, and
 * the next write in its slot makes sure that no copy of it can act any more.
 *
 * <p>Owns the calls that are unanswered, those that wait for a slot, and the slots. All methods run
 * under the session's guard.
 */
final class DataCalls {
  /** Writes that wait for a slot, and reads that wait for an answer. */
  static final int MAX_WAITING = 20_000;

  private static final Duration OVERDUE_CHECK = Duration.ofMillis(200);
  private static final Pause PAUSE = new Pause(Duration.ofMillis(20), Duration.ofSeconds(1));

  private final SessionView link;
  private final Uplink uplink;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Map<Long, DataCall> open = new LinkedHashMap<>();
  private final ArrayDeque<DataCall.Slot> freeSlots = new ArrayDeque<>();
  private final ArrayDeque<DataCall> waiting = new ArrayDeque<>();
  private int slots;
  private boolean checking;

  DataCalls(SessionView link, Uplink uplink, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.uplink = uplink;
    this.runtime = runtime;
    this.guard = guard;
  }

  /** Completes with the answer, or with a {@link HoldfastException}. */
  CompletableFuture<ServerFrame> write(DataCall.Form form) {
    return start(true, form);
  }

  /** As {@link #write}. */
  CompletableFuture<ServerFrame> read(DataCall.Question question) {
    return start(false, (request, slot, sequence, again) -> question.frame(request));
  }

  private CompletableFuture<ServerFrame> start(boolean write, DataCall.Form form) {
    long timeout = runtime.config().requestTimeout().toNanos();
    DataCall call = new DataCall(form, write, runtime.time().nanoTime() + timeout);
    if (link.state().isFinal()) {
      call.answer.completeExceptionally(new SessionLostException("the session is " + link.state()));
      return call.answer;
    }
    if (open.size() + waiting.size() >= MAX_WAITING) {
      call.answer.completeExceptionally(
          new UnavailableException(MAX_WAITING + " calls of this session are under way"));
      return call.answer;
    }
    if (write) {
      call.slot = freeSlot();
      if (call.slot == null) {
        waiting.add(call);
        checkSoon();
        return call.answer;
      }
    }
    begin(call);
    checkSoon();
    return call.answer;
  }

  private DataCall.@Nullable Slot freeSlot() {
    DataCall.Slot free = freeSlots.pollLast(); // The one used last: its entry is in every cache.
    if (free == null && slots < FrameLimits.MAX_SLOTS) {
      free = new DataCall.Slot(slots++);
    }
    return free;
  }

  private void begin(DataCall call) {
    if (call.slot != null) {
      call.slot.sequence++;
    }
    call.number = runtime.nextRequest();
    open.put(call.number, call);
    send(call);
  }

  private void send(DataCall call) {
    if (!uplink.isReady()) {
      return; // resend will.
    }
    byte[] bytes;
    try {
      DataCall.Slot slot = call.slot;
      bytes =
          runtime.encode(
              call.form.frame(
                  call.number,
                  slot == null ? 0 : slot.number,
                  slot == null ? 0 : slot.sequence,
                  call.sends > 0));
    } catch (RefusedException e) {
      fail(call, e);
      return;
    }
    call.sends++;
    uplink.send(call.number, bytes);
  }

  /** True when the frame was the answer to a call. */
  boolean answered(long request, ServerFrame frame) {
    DataCall call = open.get(request);
    if (call == null) {
      return false;
    }
    end(call);
    guard.after(() -> call.answer.complete(frame));
    return true;
  }

  boolean failed(ServerFrame.Failed failed) {
    DataCall call = open.get(failed.request());
    if (call == null) {
      return false;
    }
    if (Failures.isCuredByAskingAgain(failed)) {
      resendLater(call);
    } else if (failed.code().equals(Failures.SESSION_NOT_FOUND)) {
      fail(call, sessionGone(call, "the session has ended"));
    } else {
      fail(call, Failures.of(failed));
    }
    return true;
  }

  private void resendLater(DataCall call) {
    Time.cancel(call.resend);
    call.resend =
        guard.later(
            PAUSE.after(call.refusals++, runtime.random()),
            () -> {
              if (open.get(call.number) == call) {
                send(call);
              }
            });
  }

  /** On a new connection: nobody knows what the last one carried over. */
  void resend(long upTo) {
    for (DataCall call : List.copyOf(open.values())) {
      if (call.number > upTo) {
        return; // In the order of their numbers.
      }
      Time.cancel(call.resend);
      send(call);
    }
  }

  long oldestUnanswered() {
    return open.isEmpty() ? Long.MAX_VALUE : open.keySet().iterator().next();
  }

  void sessionEnded(String reason) {
    for (DataCall call : List.copyOf(open.values())) {
      fail(call, sessionGone(call, reason));
    }
    for (DataCall call : List.copyOf(waiting)) {
      guard.after(() -> call.answer.completeExceptionally(new SessionLostException(reason)));
    }
    waiting.clear();
  }

  private static HoldfastException sessionGone(DataCall call, String reason) {
    return call.write && call.sends > 1
        ? new OutcomeUnknownException("sent, and then: " + reason)
        : new SessionLostException(reason);
  }

  /** The node closed the connection because of something that it was sent. */
  void refuseUnanswered(String why) {
    for (DataCall call : List.copyOf(open.values())) {
      if (call.sends > 0) {
        fail(
            call,
            call.write
                ? new OutcomeUnknownException("the node closed the connection: " + why)
                : new RefusedException("CONNECTION_REFUSED", why, "check its size"));
      }
    }
  }

  private void checkSoon() {
    if (!checking) {
      checking = true;
      guard.later(
          OVERDUE_CHECK,
          () -> {
            checking = false;
            endOverdue();
            if (!open.isEmpty() || !waiting.isEmpty()) {
              checkSoon();
            }
          });
    }
  }

  private void endOverdue() {
    long now = runtime.time().nanoTime();
    for (DataCall call : List.copyOf(waiting)) {
      if (now - call.deadlineNanos < 0) {
        break;
      }
      waiting.remove(call);
      guard.after(() ->
          call.answer.completeExceptionally(
              new UnavailableException("no slot was free in time; never sent")));
    }
    // In the order of their beginning, so of their deadlines but for a moment.
    for (DataCall call : List.copyOf(open.values())) {
      if (now - call.deadlineNanos < 0) {
        break;
      }
      String why = "no answer within " + runtime.config().requestTimeout();
      fail(
          call,
          call.write && call.sends > 0
              ? new OutcomeUnknownException(why)
              : new UnavailableException(why));
    }
  }

  private void fail(DataCall call, HoldfastException why) {
    end(call);
    guard.after(() -> call.answer.completeExceptionally(why));
  }

  private void end(DataCall call) {
    open.remove(call.number);
    Time.cancel(call.resend);
    DataCall.Slot free = call.slot;
    if (free == null) {
      return;
    }
    DataCall next = waiting.poll();
    if (next == null) {
      freeSlots.add(free);
    } else {
      next.slot = free;
      begin(next);
    }
  }
}
