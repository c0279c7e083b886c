// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.jspecify.annotations.Nullable;

/**
 * Lets a read pass once it is proven that this process has applied everything that was acknowledged
 * before (R4). The proof is a {@code multi} that only checks: a majority agrees on it, in order
 * with all commits, and when its answer comes the events of those have come. One proof is for all
 * that ask before it is sent.
 *
 * <p>It owns the round that is sent and the one that gathers, under a lock that is never held while
 * something is sent or waited for.
 */
final class ReadBarrier {
  private final ZkLink link;
  private final ZkPaths paths;
  private final Feed feed;
  private final LongConsumer caughtUp;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Round sent;
  private @Nullable Round next;

  /**
   * @param caughtUp told when a proof was begun, once all that it proved is applied
   */
  ReadBarrier(ZkLink link, ZkPaths paths, Feed feed, LongConsumer caughtUp, LongSupplier nanos) {
    this.link = link;
    this.paths = paths;
    this.feed = feed;
    this.caughtUp = caughtUp;
    this.nanos = nanos;
  }

  private static final class Round {
    final CompletableFuture<Long> applied = new CompletableFuture<>();
  }

  /**
   * Returns when all is applied that was acknowledged before the call.
   *
   * @throws UnavailableException not proven until the deadline
   */
  void pass(Deadline deadline) throws InterruptedException {
    while (true) {
      ZkSession session = link.usable(deadline);
      try {
        Waiting.forAnswer(join(session), deadline);
        return;
      } catch (UnavailableException e) {
        if (deadline.hasPassed()) {
          throw e;
        }
      }
    }
  }

  private CompletableFuture<Long> join(ZkSession session) {
    Round mine;
    lock.lock();
    try {
      mine = next == null ? new Round() : next;
      next = mine;
      if (sent != null) {
        return mine.applied;
      }
      sent = mine;
      next = null;
    } finally {
      lock.unlock();
    }
    send(session, mine);
    return mine.applied;
  }

  private void send(ZkSession session, Round round) {
    long begun = nanos.getAsLong();
    session
        .requests()
        .multi(
            List.of(Op.check(paths.live(), -1)),
            (code, _) -> {
              if (code == Code.OK) {
                var _ =
                    feed.barrierAtAnswer(session)
                        .thenAccept(revision -> {
                          caughtUp.accept(begun);
                          round.applied.complete(revision);
                        });
              } else {
                round.applied.completeExceptionally(Requests.unavailable(code, "a proof"));
              }
              sendNext();
            });
  }

  /** On the event thread: who came meanwhile needs a proof that begins now. */
  private void sendNext() {
    Round round;
    lock.lock();
    try {
      round = next;
      sent = round;
      next = null;
    } finally {
      lock.unlock();
    }
    if (round == null) {
      return;
    }
    ZkSession session = link.session();
    if (session == null || !session.isUsable()) {
      lock.lock();
      try {
        sent = null;
      } finally {
        lock.unlock();
      }
      round.applied.completeExceptionally(new UnavailableException("The connection was lost"));
    } else {
      send(session, round);
    }
  }
}
