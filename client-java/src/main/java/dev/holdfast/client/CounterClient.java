// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A replicated 64-bit number, 0 until it is set. Changes have their effect once, and additions of
 * many callers share a commit. Errors as of {@link MapClient#set}. Thread-safe.
 */
public final class CounterClient {
  private final Supplier<SessionLink> links;
  private final String name;

  CounterClient(Supplier<SessionLink> links, String name) {
    this.links = links;
    this.name = name;
  }

  public String name() {
    return name;
  }

  /** Linearizable. */
  public long get() {
    CompletableFuture<ServerFrame> read =
        links.get().read(request -> new ClientFrame.ReadCounter(request, name));
    return ((ServerFrame.CounterValue) Answers.await(read, false)).after();
  }

  public void set(long value) {
    SessionLink link = links.get();
    value(
        link.write((request, slot, sequence, again) ->
            new ClientFrame.SetCounter(request, link.id(), slot, sequence, again, name, value)));
  }

  /** Returns the sum. Overflow wraps around. */
  public long addAndGet(long delta) {
    return value(added(delta)).after();
  }

  public long getAndAdd(long delta) {
    return value(added(delta)).before();
  }

  public long incrementAndGet() {
    return addAndGet(1);
  }

  public long decrementAndGet() {
    return addAndGet(-1);
  }

  /** As {@link #addAndGet}; continues on the events thread. */
  public CompletableFuture<Long> addAndGetAsync(long delta) {
    return added(delta)
        .thenApplyAsync(frame -> ((ServerFrame.CounterValue) frame).after(), links.get().events());
  }

  /** Sets it if it has the expected value; false if it has another. */
  public boolean compareAndSet(long expected, long value) {
    SessionLink link = links.get();
    return value(
                link.write((request, slot, sequence, again) ->
                    new ClientFrame.CompareAndSetCounter(
                        request, link.id(), slot, sequence, again, name, expected, value)))
            .before()
        == expected;
  }

  private CompletableFuture<ServerFrame> added(long delta) {
    SessionLink link = links.get();
    return link.write((request, slot, sequence, again) ->
        new ClientFrame.AddToCounter(request, link.id(), slot, sequence, again, name, delta));
  }

  private static ServerFrame.CounterValue value(CompletableFuture<ServerFrame> sent) {
    return (ServerFrame.CounterValue) Answers.await(sent, true);
  }
}
