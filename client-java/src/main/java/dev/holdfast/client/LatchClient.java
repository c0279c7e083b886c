// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A replicated count-down latch: open at 0, and open before a count was set. It belongs to nobody:
 * a session that ends counts nothing down. Errors as of {@link MapClient#set}. Thread-safe.
 */
public final class LatchClient {
  /** One question to a node; it is asked again until the caller's time is over. */
  private static final Duration MAX_QUESTION = Duration.ofSeconds(5);

  private final Supplier<SessionLink> links;
  private final String name;

  LatchClient(Supplier<SessionLink> links, String name) {
    this.links = links;
    this.name = name;
  }

  public String name() {
    return name;
  }

  /**
   * Sets the count if the latch is open.
   *
   * @param count from 1
   * @return false when it counts already
   * @throws UnavailableException certainly not set; may be retried
   * @throws OutcomeUnknownException may have been set: then a retry finds that it counts
   */
  public boolean trySetCount(long count) {
    SessionLink link = links.get();
    return count(
            link.write((request, slot, sequence, again) ->
                new ClientFrame.SetLatch(request, link.id(), slot, sequence, again, name, count)),
            true)
        .changed();
  }

  /**
   * Counts down by one, and returns what is left.
   *
   * @throws UnavailableException certainly not counted; may be retried
   * @throws OutcomeUnknownException may have been counted: a retry could count twice
   */
  public long countDown() {
    SessionLink link = links.get();
    return count(
            link.write((request, slot, sequence, again) ->
                new ClientFrame.CountDown(request, link.id(), slot, sequence, again, name, 1)),
            true)
        .left();
  }

  /**
   * What is left to count; linearizable.
   *
   * @throws UnavailableException no answer in time; may be retried
   */
  public long count() {
    return ask(-1, Duration.ZERO).left();
  }

  /**
   * Waits until the latch is open; also when it was open for a moment and has been set again.
   *
   * @return false when it was not within this time
   * @throws UnavailableException when no node answers; may be retried
   */
  public boolean await(Duration wait) {
    Time time = links.get().runtime().time();
    long deadline = time.nanoTime() + wait.toNanos();
    ServerFrame.LatchCount now = ask(-1, Duration.ZERO);
    long round = now.round();
    while (now.left() > 0 && now.round() == round) {
      Duration rest = Duration.ofNanos(deadline - time.nanoTime());
      if (rest.isNegative() || rest.isZero()) {
        return false;
      }
      now = ask(round, question(rest));
    }
    return true;
  }

  private Duration question(Duration rest) {
    Duration half = links.get().runtime().config().requestTimeout().dividedBy(2);
    Duration most = half.compareTo(MAX_QUESTION) < 0 ? half : MAX_QUESTION;
    // Rounded up: the node counts in milliseconds.
    return (rest.compareTo(most) < 0 ? rest : most).plusMillis(1);
  }

  private ServerFrame.LatchCount ask(long round, Duration wait) {
    return count(
        links
            .get()
            .read(request -> new ClientFrame.AwaitLatch(request, name, round, wait.toMillis())),
        false);
  }

  private static ServerFrame.LatchCount count(CompletableFuture<ServerFrame> sent, boolean write) {
    return (ServerFrame.LatchCount) Answers.await(sent, write);
  }
}
