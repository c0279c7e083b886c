// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A replicated cyclic barrier: those who arrive wait until there are as many as it has parties;
 * then all go on, and the next round begins. A round trips only while the sessions of all its
 * parties live: a party whose session has ended has left, and another one is waited for. Errors as
 * of {@link MapClient#set}. Thread-safe.
 */
public final class BarrierClient {
  private static final Duration MAX_QUESTION = Duration.ofSeconds(5);

  private final Supplier<SessionLink> links;
  private final String name;
  private final int parties;

  BarrierClient(Supplier<SessionLink> links, String name, int parties) {
    this.links = links;
    this.name = name;
    this.parties = parties;
  }

  public String name() {
    return name;
  }

  /**
   * Arrives, and waits for the others. Each call is a party of its own, also of one session.
   *
   * @return how many had arrived before: the last one gets {@code parties - 1}
   * @throws WaitTimeoutException the others did not come in time; this party has left
   * @throws RefusedException {@code OTHER_PARTIES}: others wait for another number of parties
   */
  public int await(Duration wait) {
    SessionLink link = links.get();
    Time time = link.runtime().time();
    long deadline = time.nanoTime() + wait.toNanos();
    String party = link.runtime().freshId("p-");
    ServerFrame.BarrierState arrived =
        state(
            link.write((request, slot, sequence, again) ->
                new ClientFrame.ArriveAtBarrier(
                    request, link.id(), slot, sequence, again, name, party, parties)),
            true);
    boolean tripped = arrived.tripped();
    while (!tripped) {
      Duration rest = Duration.ofNanos(deadline - time.nanoTime());
      if (rest.isNegative() || rest.isZero()) {
        leave(link, party, arrived.round());
        return (int) arrived.waiting(); // It tripped while this party was about to leave.
      }
      Duration question = question(link, rest);
      try {
        tripped =
            state(
                    link.read(request ->
                        new ClientFrame.AwaitBarrier(
                            request, name, arrived.round(), question.toMillis())),
                    false)
                .tripped();
      } catch (UnavailableException e) {
        leave(link, party, arrived.round());
        return (int) arrived.waiting();
      }
    }
    return (int) arrived.waiting();
  }

  private void leave(SessionLink link, String party, long round) {
    boolean tripped =
        state(
                link.write((request, slot, sequence, again) ->
                    new ClientFrame.LeaveBarrier(
                        request, link.id(), slot, sequence, again, name, party, round)),
                true)
            .tripped();
    if (!tripped) {
      throw new WaitTimeoutException("not all parties of " + name + " came in time", true);
    }
  }

  private static Duration question(SessionLink link, Duration rest) {
    Duration half = link.runtime().config().requestTimeout().dividedBy(2);
    Duration most = half.compareTo(MAX_QUESTION) < 0 ? half : MAX_QUESTION;
    return (rest.compareTo(most) < 0 ? rest : most).plusMillis(1);
  }

  private static ServerFrame.BarrierState state(
      CompletableFuture<ServerFrame> sent, boolean write) {
    return (ServerFrame.BarrierState) Answers.await(sent, write);
  }
}
