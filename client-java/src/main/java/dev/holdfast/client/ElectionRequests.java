// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;

/**
 * What elections and groups ask: to observe, to observe no more, to proclaim. As with the requests
 * of a hold, there is no time limit: each is repeated until it is answered or the session ends. All
 * methods run under the session's guard.
 */
final class ElectionRequests {
  private static final class Request extends Outbox.Request {
    final CompletableFuture<ServerFrame> answer = new CompletableFuture<>();

    Request(long number, byte[] frame) {
      super(number, frame);
    }
  }

  private final SessionView link;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Outbox<Request> outbox;

  ElectionRequests(SessionView link, ClientRuntime runtime, Guard guard, Outbox.Line line) {
    this.link = link;
    this.runtime = runtime;
    this.guard = guard;
    this.outbox = new Outbox<>(line, guard, runtime.random());
  }

  /**
   * Completes with the answer, or with a {@link HoldfastException}.
   *
   * @param frame of a request number
   */
  CompletableFuture<ServerFrame> send(LongFunction<ClientFrame> frame) {
    if (link.state().isFinal()) {
      return CompletableFuture.failedFuture(
          new SessionLostException("the session is " + link.state()));
    }
    long number = runtime.nextRequest();
    Request request = new Request(number, runtime.encode(frame.apply(number)));
    outbox.send(request);
    return request.answer;
  }

  boolean owns(long request) {
    return outbox.owns(request);
  }

  void answered(long number, ServerFrame frame) {
    Request request = outbox.remove(number);
    if (request != null) {
      guard.after(() -> request.answer.complete(frame));
    }
  }

  void failed(ServerFrame.Failed failed) {
    Request request = outbox.find(failed.request());
    if (request == null) {
      return;
    }
    if (Failures.isCuredByAskingAgain(failed)) {
      outbox.refusedForNow(request);
    } else {
      outbox.remove(request.number);
      HoldfastException why = Failures.of(failed);
      guard.after(() -> request.answer.completeExceptionally(why));
    }
  }

  long oldestUnanswered() {
    return outbox.oldest();
  }

  void resend(long upTo) {
    outbox.resend(upTo);
  }

  void sessionEnded(String reason) {
    outbox.clear(request ->
        guard.after(() -> request.answer.completeExceptionally(new SessionLostException(reason))));
  }
}
