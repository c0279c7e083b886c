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

  /**
   * Linearizable.
   *
   * @throws UnavailableException no answer in time; may be retried
   */
  public long get() {
    CompletableFuture<ServerFrame> read =
        links.get().read(request -> new ClientFrame.ReadCounter(request, name));
    return ((ServerFrame.CounterValue) Answers.await(read, false)).after();
  }

  /**
   * Sets it, whatever it is.
   *
   * @throws UnavailableException certainly not set; may be retried
   * @throws OutcomeUnknownException may have been set; a retry is safe if nobody else writes it
   */
  public void set(long value) {
    SessionLink link = links.get();
    value(
        link.write((request, slot, sequence, again) ->
            new ClientFrame.SetCounter(request, link.id(), slot, sequence, again, name, value)));
  }

  /**
   * Adds, and returns the sum. Overflow wraps around.
   *
   * @throws UnavailableException certainly not added; may be retried
   * @throws OutcomeUnknownException may have been added: a retry could add it twice, so read first
   */
  public long addAndGet(long delta) {
    return value(added(delta)).after();
  }

  /** As {@link #addAndGet}, and returns what was before. */
  public long getAndAdd(long delta) {
    return value(added(delta)).before();
  }

  /** As {@link #addAndGet} of 1. */
  public long incrementAndGet() {
    return addAndGet(1);
  }

  /** As {@link #addAndGet} of −1. */
  public long decrementAndGet() {
    return addAndGet(-1);
  }

  /** As {@link #addAndGet}; continues on the events thread. */
  public CompletableFuture<Long> addAndGetAsync(long delta) {
    return added(delta)
        .thenApplyAsync(frame -> ((ServerFrame.CounterValue) frame).after(), links.get().events());
  }

  /**
   * Sets it if it has the expected value; false if it has another.
   *
   * @throws UnavailableException certainly not set; may be retried
   * @throws OutcomeUnknownException may have been set: then a retry finds another value than the
   *     expected one, so read first
   */
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
