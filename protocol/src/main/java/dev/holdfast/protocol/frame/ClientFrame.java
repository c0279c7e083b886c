package dev.holdfast.protocol.frame;

import dev.holdfast.protocol.LockMode;
import java.util.List;

/**
 * What a client sends. {@code request} is a number that the client chooses, above 0 and unlike
 * those of its other unanswered requests; the answer carries it. Every request may be sent again,
 * on this or another connection, and has its effect once: (session, holder) is the identity of an
 * acquire, not the request number. {@code seen} is the newest revision that the client had seen
 * when it FIRST sent the request; a retry keeps it (R12).
 */
public sealed interface ClientFrame extends Frame {
  /** 0 for a frame that has no answer of its own. */
  long request();

  /**
   * The first frame of a connection; answered by {@link ServerFrame.Welcome}.
   *
   * @param client name and version, for the node's logs, such as {@code holdfast-java/0.1.0}
   * @param lastSeen the newest revision that the client has seen
   */
  record Hello(@Limit(FrameLimits.MAX_ID_BYTES) String client, long lastSeen)
      implements ClientFrame {
    @Override
    public long request() {
      return 0;
    }
  }

  /**
   * Answered by {@link ServerFrame.SessionOpened}. Sent again after a lost answer it opens another
   * session; the first ends by itself after its TTL.
   */
  record OpenSession(long request, long ttlMillis, long seen) implements ClientFrame {}

  /**
   * Takes a session over to this connection and renews it; answered by {@link
   * ServerFrame.SessionResumed}, once the node has applied {@code lastSeen} (R19), or by {@link
   * ServerFrame.SessionEnded}. May be sent several times on one connection, each time with further
   * handles: the node adds them to those whose changes it pushes here.
   */
  record ResumeSession(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long lastSeen,
      @Limit(FrameLimits.MAX_HANDLES) List<HandleRef> handles)
      implements ClientFrame {
    public ResumeSession {
      handles = List.copyOf(handles);
    }
  }

  /** Answered by {@link ServerFrame.KeptAlive}: the session lives for a TTL from now. */
  record KeepAlive(long request, @Limit(FrameLimits.MAX_ID_BYTES) String session)
      implements ClientFrame {}

  /** Ends the session and releases all that it holds; {@link ServerFrame.SessionClosed}. */
  record CloseSession(long request, @Limit(FrameLimits.MAX_ID_BYTES) String session)
      implements ClientFrame {}

  /**
   * Answered by {@link ServerFrame.Granted}, or by {@link ServerFrame.Queued}, after which a grant
   * is pushed, or by {@link ServerFrame.Failed} {@code LOCK_HELD} when the wait has ended.
   *
   * @param holder fresh for each acquisition, the same in each of its retries
   * @param waitMillis 0 to try, at most 10 minutes, or {@link FrameLimits#WAIT_FOREVER}
   */
  record Acquire(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      LockMode mode,
      @Lowest(FrameLimits.WAIT_FOREVER) long waitMillis,
      long seen)
      implements ClientFrame {}

  /**
   * Withdraws an acquire, also one that has not arrived yet, also one that has been granted:
   * afterwards the holder neither holds nor waits, and is never granted later. Answered by {@link
   * ServerFrame.Cancelled}.
   */
  record Cancel(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock)
      implements ClientFrame {}

  /** Answered by {@link ServerFrame.Released}, also when it was released before. */
  record Release(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long token)
      implements ClientFrame {}
}
