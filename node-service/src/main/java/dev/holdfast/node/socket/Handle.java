// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimNews;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells one client about one claim what {@link ClaimNews} decides: that is fed by the home's direct
 * answer and by the watch of this node.
 */
final class Handle {
  final Owner owner;
  final String lock;
  private final Coordinator coordinator;
  private final FrameChannel channel;
  private final Runnable onOver;
  private final ReentrantLock guard = new ReentrantLock();
  private EntryBoard.@Nullable Interest interest;
  private @Nullable Future<?> waitEnd;
  private ClaimNews news = ClaimNews.NONE;

  Handle(Owner owner, String lock, Coordinator coordinator, FrameChannel channel, Runnable onOver) {
    this.owner = owner;
    this.lock = lock;
    this.coordinator = coordinator;
    this.channel = channel;
    this.onOver = onOver;
  }

  static EntryKey key(Owner owner, String lock) {
    return Keys.claim(owner.session(), lock, owner.holder());
  }

  void follow(EntryBoard claims) {
    EntryBoard.Interest begun =
        claims.follow(key(owner, lock), now -> guarded(() -> tell(news.changed(now))));
    guarded(() -> interest = begun);
  }

  void unfollow() {
    guarded(() -> {
      news = news.over();
      stopWaitEnd();
      if (interest != null) {
        interest.close();
        interest = null;
      }
    });
  }

  /** The answer to an acquire: the owner holds the lock. */
  void granted(long request, long token, long revision, String homeApi) {
    guarded(() -> {
      if (!news.isOver()) {
        send(request, token, revision, homeApi);
        tell(news.granted(token, revision));
      }
    });
  }

  /** The answer to an acquire: the owner waits. */
  void queued(long request, long position, long revision) {
    guarded(() -> {
      if (!news.isOver()) {
        channel.sendSoon(
            new ServerFrame.Queued(
                request, owner.session(), owner.holder(), lock, position, revision));
        tell(news.queued(revision));
      }
    });
  }

  /** Takes over what a resumed client is told in one frame with other handles. */
  void resumed(@Nullable Claim claim, long revision) {
    guarded(() -> tell(news.resumed(claim, revision)));
  }

  /** What ends the wait; cancelled as soon as there is no wait any more. */
  void endsWaiting(Future<?> timer) {
    guarded(() -> {
      stopWaitEnd();
      if (news.told() == ClaimNews.Told.QUEUED) {
        waitEnd = timer;
      } else {
        timer.cancel(false);
      }
    });
  }

  private void stopWaitEnd() {
    if (waitEnd != null) {
      waitEnd.cancel(false);
      waitEnd = null;
    }
  }

  boolean isQueued() {
    guard.lock();
    try {
      return news.told() == ClaimNews.Told.QUEUED;
    } finally {
      guard.unlock();
    }
  }

  private void tell(ClaimNews.Step step) {
    news = step.next();
    if (news.told() != ClaimNews.Told.QUEUED) {
      stopWaitEnd();
    }
    switch (step.push().orElse(null)) {
      case ClaimNews.Push.Granted(long token, long revision) -> send(0, token, revision, "");
      case ClaimNews.Push.Lost(long token, long revision) -> {
        channel.sendSoon(
            new ServerFrame.Lost(owner.session(), owner.holder(), lock, token, reason(), revision));
        onOver.run();
      }
      case ClaimNews.Push.Cancelled(long revision) -> {
        channel.sendSoon(
            new ServerFrame.Cancelled(0, owner.session(), owner.holder(), lock, revision));
        onOver.run();
      }
      case null -> {}
    }
  }

  private void send(long request, long token, long revision, String homeApi) {
    channel.sendSoon(
        new ServerFrame.Granted(
            request, owner.session(), owner.holder(), lock, token, revision, homeApi));
  }

  private void guarded(Runnable action) {
    guard.lock();
    try {
      action.run();
    } finally {
      guard.unlock();
    }
  }

  private String reason() {
    boolean lives = coordinator.readLocal(Keys.session(owner.session())).observation().isPresent();
    return lives ? "RELEASED" : "SESSION_ENDED";
  }
}
