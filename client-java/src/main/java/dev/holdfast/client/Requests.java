package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Requests of a session that are no hold's. As those, each is sent again, over any number of
 * connections, until it is answered: every one of them has its effect once. All methods run under
 * the session's guard.
 */
final class Requests {
  private static final Duration MIN_RESEND = Duration.ofMillis(50);
  private static final Duration MAX_RESEND = Duration.ofSeconds(1);

  /** A call whose answer is not known yet. */
  private static final class Call {
    final long number;
    final byte[] bytes;
    final CompletableFuture<ServerFrame> answer = new CompletableFuture<>();
    int tries;
    Time.@Nullable Timer resend;

    Call(long number, byte[] bytes) {
      this.number = number;
      this.bytes = bytes;
    }
  }

  private final SessionLink link;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final TreeMap<Long, Call> unanswered = new TreeMap<>();

  Requests(SessionLink link, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.runtime = runtime;
    this.guard = guard;
  }

  /** Completes with the answer, or with a {@link HoldfastException}. */
  CompletableFuture<ServerFrame> send(LongFunction<ClientFrame> request) {
    if (link.state().isFinal()) {
      return CompletableFuture.failedFuture(
          new SessionLostException("the session is " + link.state()));
    }
    long number = runtime.nextRequest();
    byte[] bytes;
    try {
      bytes = runtime.encode(request.apply(number));
    } catch (FrameException e) {
      throw Failures.of(e);
    }
    Call call = new Call(number, bytes);
    unanswered.put(number, call);
    link.send(number, bytes);
    return call.answer;
  }

  boolean owns(long request) {
    return unanswered.containsKey(request);
  }

  void answered(long request, ServerFrame frame) {
    Call call = remove(request);
    if (call != null) {
      guard.after(() -> call.answer.complete(frame));
    }
  }

  void failed(ServerFrame.Failed failed) {
    Call call = unanswered.get(failed.request());
    if (call == null) {
      return;
    }
    if (failed.retry() || failed.code().equals(Failures.OUTCOME_UNKNOWN)) {
      long full = Math.min(MAX_RESEND.toNanos(), MIN_RESEND.toNanos() << Math.min(call.tries++, 5));
      long delay = full / 2 + (long) (runtime.random().nextDouble() * full / 2);
      Time.cancel(call.resend);
      call.resend = guard.later(Duration.ofNanos(delay), () -> resend(call));
    } else {
      remove(failed.request());
      HoldfastException why = Failures.of(failed);
      guard.after(() -> call.answer.completeExceptionally(why));
    }
  }

  private void resend(Call call) {
    if (unanswered.get(call.number) == call) {
      link.send(call.number, call.bytes);
    }
  }

  long oldestUnanswered() {
    return unanswered.isEmpty() ? Long.MAX_VALUE : unanswered.firstKey();
  }

  void resend(long upTo) {
    for (Call call : List.copyOf(unanswered.headMap(upTo, true).values())) {
      Time.cancel(call.resend);
      link.send(call.number, call.bytes);
    }
  }

  void sessionEnded(String reason) {
    for (Call call : unanswered.values()) {
      Time.cancel(call.resend);
      guard.after(() -> call.answer.completeExceptionally(new SessionLostException(reason)));
    }
    unanswered.clear();
  }

  private @Nullable Call remove(long request) {
    Call call = unanswered.remove(request);
    if (call != null) {
      Time.cancel(call.resend);
    }
    return call;
  }
}
