// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * One term of office: from a grant to its end. It has a token and a deadline, and nothing tolerates
 * a suspended connection beyond that deadline: {@link #isLeader} is false before the cluster can
 * make another candidate leader. What a leader does to the world takes the {@link #token} along,
 * since a program may be paused right after it has checked. Thread-safe.
 */
public final class Leadership implements AutoCloseable {
  private final String election;
  private final Hold hold;
  private final AtomicLong sequence = new AtomicLong();

  Leadership(String election, Hold hold) {
    this.election = election;
    this.hold = hold;
  }

  public String election() {
    return election;
  }

  /** Rises with each term: resources refuse lower ones. */
  public long token() {
    return hold.token();
  }

  /** For {@link WriteOptions#fence}: the write is refused once the term is over. */
  public Fence fence() {
    return hold.fence();
  }

  public boolean isLeader() {
    return hold.isHeld();
  }

  /**
   * @throws LockLostException unless {@link #isLeader()}
   */
  public void check() {
    hold.check();
  }

  /** HELD while it leads, AT_RISK while no node answers, then LOST, or RELEASED by resigning. */
  public HoldState state() {
    return hold.state();
  }

  /** How long it surely leads if no renewal succeeds any more; zero when it does not lead. */
  public Duration remaining() {
    return hold.remaining();
  }

  /** Tells each new state, in order, on the events thread. Do not block it. */
  public Leadership onChange(Consumer<HoldState> listener) {
    hold.onChange(listener);
    return this;
  }

  /** Takes back {@link #onChange}. */
  public Leadership removeListener(Consumer<HoldState> listener) {
    hold.removeListener(listener);
    return this;
  }

  /**
   * Makes a value known to all who observe the election, for as long as this term lasts. Values of
   * several calls do not overtake each other: the last call's value stays.
   *
   * @param value at most 4 KiB of UTF-8, such as the address to talk to
   * @throws LockLostException when the term is over; nobody sees the value
   * @throws SessionLostException when the session ended before an answer came
   */
  public void proclaim(String value) throws InterruptedException {
    try {
      proclaimAsync(value).get();
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    }
  }

  /** As {@link #proclaim}. */
  public CompletableFuture<Void> proclaimAsync(String value) {
    hold.check();
    long number = sequence.incrementAndGet();
    return hold.link
        .request(request ->
            new ClientFrame.Proclaim(
                request, hold.link.id(), hold.holder(), hold.lock(), hold.token(), number, value))
        .handleAsync(
            (answer, error) -> {
              if (error != null) {
                throw new CompletionException(lostIfFenced(error));
              }
              return null;
            },
            hold.link.events());
  }

  private Throwable lostIfFenced(Throwable error) {
    return error instanceof RefusedException refused && refused.code().equals(Failures.FENCED)
        ? new LockLostException(election + " is led by another: " + refused.getMessage(), refused)
        : error;
  }

  /** Lets the next candidate lead. Returns as soon as that is handed over, as a release does. */
  public void resign() {
    hold.release();
  }

  /** {@link #resign}. */
  @Override
  public void close() {
    resign();
  }

  Hold hold() {
    return hold;
  }

  @Override
  public String toString() {
    return "leadership of " + election + ": " + hold;
  }
}
