package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The unanswered calls of a session. All methods run under the session's guard.
 *
 * <p>A write takes a slot with a sequence of its own and keeps both over every resend, so it has
 * its effect once, whichever nodes it reached. When it is given up, the next write in its slot
 * makes sure that no copy of it can act any more.
 */
final class Calls {
  /** Writes that wait for a slot, and reads that wait for an answer. */
  static final int MAX_WAITING = 20_000;

  private static final Duration OVERDUE_CHECK = Duration.ofMillis(200);
  private static final Pause PAUSE = new Pause(Duration.ofMillis(20), Duration.ofSeconds(1));

  private final SessionLink link;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Map<Long, Call> open = new LinkedHashMap<>();
  private final ArrayDeque<Call.Slot> freeSlots = new ArrayDeque<>();
  private final ArrayDeque<Call> waiting = new ArrayDeque<>();
  private int slots;
  private boolean checking;

  Calls(SessionLink link, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.runtime = runtime;
    this.guard = guard;
  }

  /** Sends a call; its future completes with the answer, or with a {@link HoldfastException}. */
  CompletableFuture<ServerFrame> start(boolean write, Call.Form form) {
    long timeout = runtime.config().requestTimeout().toNanos();
    Call call = new Call(form, write, runtime.time().nanoTime() + timeout);
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

  private Call.@Nullable Slot freeSlot() {
    Call.Slot free = freeSlots.pollLast(); // The one used last: its entry is in every cache.
    if (free == null && slots < FrameLimits.MAX_SLOTS) {
      free = new Call.Slot(slots++);
    }
    return free;
  }

  private void begin(Call call) {
    if (call.slot != null) {
      call.slot.sequence++;
    }
    call.number = runtime.nextRequest();
    open.put(call.number, call);
    send(call);
  }

  private void send(Call call) {
    if (!link.isReady()) {
      return; // resend will.
    }
    byte[] bytes;
    try {
      Call.Slot slot = call.slot;
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
    link.send(call.number, bytes);
  }

  /** True when the frame was the answer to a call. */
  boolean answered(long request, ServerFrame frame) {
    Call call = open.get(request);
    if (call == null) {
      return false;
    }
    end(call);
    guard.after(() -> call.answer.complete(frame));
    return true;
  }

  boolean failed(ServerFrame.Failed failed) {
    Call call = open.get(failed.request());
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

  private void resendLater(Call call) {
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
    for (Call call : List.copyOf(open.values())) {
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
    for (Call call : List.copyOf(open.values())) {
      fail(call, sessionGone(call, reason));
    }
    for (Call call : List.copyOf(waiting)) {
      guard.after(() -> call.answer.completeExceptionally(new SessionLostException(reason)));
    }
    waiting.clear();
  }

  private static HoldfastException sessionGone(Call call, String reason) {
    return call.write && call.sends > 1
        ? new OutcomeUnknownException("sent, and then: " + reason)
        : new SessionLostException(reason);
  }

  /** The node closed the connection because of something that it was sent. */
  void refuseUnanswered(String why) {
    for (Call call : List.copyOf(open.values())) {
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
    for (Call call : List.copyOf(waiting)) {
      if (now - call.deadlineNanos < 0) {
        break;
      }
      waiting.remove(call);
      guard.after(() ->
          call.answer.completeExceptionally(
              new UnavailableException("no slot was free in time; never sent")));
    }
    // In the order of their beginning, so of their deadlines but for a moment.
    for (Call call : List.copyOf(open.values())) {
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

  private void fail(Call call, HoldfastException why) {
    end(call);
    guard.after(() -> call.answer.completeExceptionally(why));
  }

  private void end(Call call) {
    open.remove(call.number);
    Time.cancel(call.resend);
    Call.Slot free = call.slot;
    if (free == null) {
      return;
    }
    Call next = waiting.poll();
    if (next == null) {
      freeSlots.add(free);
    } else {
      next.slot = free;
      begin(next);
    }
  }

  /** The number of the request that a frame answers; 0 for none that is a call's. */
  static long requestOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.EntriesWritten written) {
      return written.request();
    }
    if (frame instanceof ServerFrame.EntryValue value) {
      return value.request();
    }
    if (frame instanceof ServerFrame.EntryPage page) {
      return page.request();
    }
    if (frame instanceof ServerFrame.EntryCounts counts) {
      return counts.request();
    }
    if (frame instanceof ServerFrame.EntriesWatched watched) {
      return watched.request();
    }
    if (frame instanceof ServerFrame.CounterValue value) {
      return value.request();
    }
    if (frame instanceof ServerFrame.LatchCount count) {
      return count.request();
    }
    if (frame instanceof ServerFrame.BarrierState state) {
      return state.request();
    }
    return 0;
  }

  /** The newest revision that a frame tells of; 0 when it tells none. */
  static long revisionOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.EntriesWritten written) {
      return written.revision();
    }
    if (frame instanceof ServerFrame.EntryValue value) {
      return value.revision();
    }
    if (frame instanceof ServerFrame.EntryPage page) {
      return page.revision();
    }
    if (frame instanceof ServerFrame.EntriesWatched watched) {
      return watched.revision();
    }
    if (frame instanceof ServerFrame.CounterValue value) {
      return value.revision();
    }
    if (frame instanceof ServerFrame.LatchCount count) {
      return count.revision();
    }
    if (frame instanceof ServerFrame.BarrierState state) {
      return state.revision();
    }
    return 0;
  }

  /** Waits for an answer; an interrupt gives the wait up. */
  static ServerFrame await(CompletableFuture<ServerFrame> sent, boolean write) {
    try {
      return sent.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw write
          ? new OutcomeUnknownException("interrupted while waiting for the answer", e)
          : new UnavailableException("interrupted while waiting for the answer", e);
    } catch (ExecutionException e) {
      throw LockClient.rethrown(e.getCause());
    }
  }

  /** For reads, which need no slot. */
  interface Read {
    ClientFrame frame(long request);
  }
}
