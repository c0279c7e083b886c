package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one connection tells its client about one claim. The home's direct answer and the watch of
 * this node both come here; whichever is first is told, the other is not told again, and what is
 * older than what was told is dropped (R19).
 */
final class Handle {
  private enum Told {
    NOTHING,
    QUEUED,
    HELD,
    OVER
  }

  final Owner owner;
  final String lock;
  private final Coordinator coordinator;
  private final FrameChannel channel;
  private final Runnable onOver;
  private final ReentrantLock guard = new ReentrantLock();
  private EntryBoard.@Nullable Interest interest;
  private Told told = Told.NOTHING;
  private @Nullable Observation latest;
  private long token;
  private long revision;

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
    EntryBoard.Interest begun = claims.follow(key(owner, lock), this::changed);
    guard.lock();
    try {
      interest = begun;
    } finally {
      guard.unlock();
    }
  }

  void unfollow() {
    guard.lock();
    try {
      told = Told.OVER;
      if (interest != null) {
        interest.close();
        interest = null;
      }
    } finally {
      guard.unlock();
    }
  }

  /** The answer to an acquire, or what a resumed client was told: the owner holds the lock. */
  void granted(long request, long grantedToken, long atRevision, String homeApi) {
    guard.lock();
    try {
      boolean again = told == Told.HELD && token == grantedToken && request == 0;
      if (told == Told.OVER || again) {
        return;
      }
      told = Told.HELD;
      token = grantedToken;
      revision = Math.max(revision, atRevision);
      channel.send(
          new ServerFrame.Granted(
              request, owner.session(), owner.holder(), lock, token, atRevision, homeApi));
      consider(latest);
    } finally {
      guard.unlock();
    }
  }

  /** The answer to an acquire: the owner waits. Nothing is said when the grant was faster. */
  void queued(long request, long position, long atRevision) {
    guard.lock();
    try {
      if (told == Told.OVER) {
        return;
      }
      if (told != Told.HELD) {
        told = Told.QUEUED;
        revision = Math.max(revision, atRevision);
      }
      channel.send(
          new ServerFrame.Queued(
              request, owner.session(), owner.holder(), lock, position, atRevision));
      consider(latest);
    } finally {
      guard.unlock();
    }
  }

  /** Takes over what a resumed client is told in one frame with other handles. */
  void resumed(@Nullable Claim claim, long atRevision) {
    guard.lock();
    try {
      revision = Math.max(revision, atRevision);
      if (claim instanceof Claim.Held held) {
        told = Told.HELD;
        token = held.token();
      } else if (claim != null) {
        told = Told.QUEUED;
      }
      consider(latest);
    } finally {
      guard.unlock();
    }
  }

  boolean isQueued() {
    guard.lock();
    try {
      return told == Told.QUEUED;
    } finally {
      guard.unlock();
    }
  }

  private void changed(Observation now) {
    guard.lock();
    try {
      if (latest == null || latest.revision() <= now.revision()) {
        latest = now;
      }
      consider(now);
    } finally {
      guard.unlock();
    }
  }

  /**
   * What the watch tells before the first answer is kept until that answer is known. One commit may
   * enqueue a request and, by a release in the same fold, grant it: so what was seen at the very
   * revision of the answer counts, and is the newer of the two.
   */
  private void consider(@Nullable Observation now) {
    if (now == null || now.revision() < revision) {
      return;
    }
    switch (told) {
      case NOTHING, OVER -> {}
      case QUEUED, HELD -> {
        Entry entry = now.entry();
        if (entry == null) {
          over(now.revision());
        } else if (ClaimCodec.decode(entry.value()) instanceof Claim.Held held) {
          granted(0, held.token(), now.revision(), "");
        }
      }
    }
  }

  private void over(long atRevision) {
    boolean held = told == Told.HELD;
    told = Told.OVER;
    channel.send(
        held
            ? new ServerFrame.Lost(
                owner.session(), owner.holder(), lock, token, reason(), atRevision)
            : new ServerFrame.Cancelled(0, owner.session(), owner.holder(), lock, atRevision));
    onOver.run();
  }

  private String reason() {
    boolean lives = coordinator.readLocal(Keys.session(owner.session())).observation().isPresent();
    return lives ? "RELEASED" : "SESSION_ENDED";
  }
}
