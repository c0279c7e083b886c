// SPDX-License-Identifier: Apache-2.0
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

  /**
   * Sets a key of a map; answered by {@link ServerFrame.EntriesWritten}, or {@link
   * ServerFrame.Failed} {@code VERSION_MISMATCH}, {@code FENCED} or {@code STATE_TOO_LARGE}.
   *
   * <p>An operation has its effect once: the session has {@link FrameLimits#MAX_SLOTS} slots, each
   * for one open operation, whose sequences rise. The same slot and sequence get the first answer.
   *
   * @param again whether it may have been sent before
   * @param expected {@link FrameLimits#ANY_VERSION}, 0 when the key must be absent, or its version
   * @param fence {@code LOCK;TOKEN}, or empty
   */
  record PutEntry(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_KEY_BYTES) String key,
      @Limit(FrameLimits.MAX_VALUE_BYTES) Blob value,
      @Lowest(FrameLimits.ANY_VERSION) long expected,
      @Limit(FrameLimits.MAX_FENCE_BYTES) String fence)
      implements ClientFrame {}

  /** Deletes a key of a map, which may be absent; as {@link PutEntry}. */
  record DeleteEntry(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_KEY_BYTES) String key,
      @Lowest(FrameLimits.ANY_VERSION) long expected,
      @Limit(FrameLimits.MAX_FENCE_BYTES) String fence)
      implements ClientFrame {}

  /** Makes all changes or none; each key once; as {@link PutEntry}. */
  record WriteEntries(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_WRITES) List<EntryWrite> writes,
      @Limit(FrameLimits.MAX_FENCE_BYTES) String fence)
      implements ClientFrame {
    public WriteEntries {
      writes = List.copyOf(writes);
    }
  }

  /**
   * As {@link WriteEntries}; the values that it sets stay for a while only, unless they are written
   * again.
   *
   * @param ttlMillis how long they stay, from the commit on; 0 for as long as the session
   */
  record WriteEphemerals(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_WRITES) List<EntryWrite> writes,
      @Limit(FrameLimits.MAX_FENCE_BYTES) String fence,
      long ttlMillis)
      implements ClientFrame {
    public WriteEphemerals {
      writes = List.copyOf(writes);
    }
  }

  /**
   * Answered by {@link ServerFrame.EntryValue}.
   *
   * @param local what the node has applied, without agreement
   */
  record GetEntry(
      long request,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_KEY_BYTES) String key,
      boolean local)
      implements ClientFrame {}

  /**
   * Answered by {@link ServerFrame.EntryPage}: entries in the order of their keys' bytes.
   *
   * @param after the last key of the page before, empty for the first page
   * @param limit 1 to {@link FrameLimits#MAX_PAGE}
   */
  record ListEntries(
      long request,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_KEY_BYTES) String prefix,
      @Limit(FrameLimits.MAX_KEY_BYTES) String after,
      @Lowest(1) long limit,
      boolean values)
      implements ClientFrame {}

  /** Answered by {@link ServerFrame.EntryCounts}. */
  record CountEntries(long request, @Limit(FrameLimits.MAX_MAP_BYTES) String map)
      implements ClientFrame {}

  /**
   * Answered by {@link ServerFrame.EntriesWatched}; then {@link ServerFrame.EntriesChanged} and
   * {@link ServerFrame.EntriesResync} are pushed, until the connection ends.
   *
   * @param watch a number that the client chooses, unlike that of its other watches
   */
  record WatchEntries(
      long request,
      long watch,
      @Limit(FrameLimits.MAX_MAP_BYTES) String map,
      @Limit(FrameLimits.MAX_KEY_BYTES) String prefix)
      implements ClientFrame {}

  /** Ends a watch. Has no answer. */
  record UnwatchEntries(long watch) implements ClientFrame {
    @Override
    public long request() {
      return 0;
    }
  }

  /** Adds to a counter, once as {@link PutEntry}; {@link ServerFrame.CounterValue}. */
  record AddToCounter(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String counter,
      @Lowest(Long.MIN_VALUE) long delta)
      implements ClientFrame {}

  /** Sets a counter, once as {@link PutEntry}; {@link ServerFrame.CounterValue}. */
  record SetCounter(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String counter,
      @Lowest(Long.MIN_VALUE) long value)
      implements ClientFrame {}

  /**
   * Sets a counter that has the expected value, once as {@link PutEntry}; {@link
   * ServerFrame.CounterValue}, whose {@code before} tells whether it had.
   */
  record CompareAndSetCounter(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String counter,
      @Lowest(Long.MIN_VALUE) long expected,
      @Lowest(Long.MIN_VALUE) long value)
      implements ClientFrame {}

  /** Answered by {@link ServerFrame.CounterValue}, linearizably. */
  record ReadCounter(long request, @Limit(FrameLimits.MAX_LOCK_BYTES) String counter)
      implements ClientFrame {}

  /**
   * Sets the count of a latch that is open, once as {@link PutEntry}; {@link
   * ServerFrame.LatchCount}.
   */
  record SetLatch(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String latch,
      @Lowest(1) long count)
      implements ClientFrame {}

  /**
   * Counts a latch down, to 0 at most, once as {@link PutEntry}; {@link ServerFrame.LatchCount}.
   */
  record CountDown(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String latch,
      @Lowest(1) long by)
      implements ClientFrame {}

  /**
   * Answered by {@link ServerFrame.LatchCount}: once the latch is open, or in a later round, or
   * when the wait is over.
   *
   * @param round that the client waits for the end of; -1 for the one that the latch is in
   * @param waitMillis 0 to read only, at most a minute
   */
  record AwaitLatch(
      long request,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String latch,
      @Lowest(-1) long round,
      long waitMillis)
      implements ClientFrame {}

  /**
   * Makes an exclusive hold a shared one, with nobody in between. Answered by {@link
   * ServerFrame.Granted} with a new token; the old one is refused from then on.
   *
   * @param token of the exclusive grant
   */
  record Downgrade(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long token)
      implements ClientFrame {}

  /**
   * Makes a value known under an exclusive grant, for as long as that lasts. Answered by {@link
   * ServerFrame.Proclaimed}, or by {@link ServerFrame.Failed} {@code FENCED} when the grant is
   * over.
   *
   * @param sequence from 1, rises with each value of this grant; a lower one changes nothing
   */
  record Proclaim(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      @Lowest(1) long token,
      @Lowest(1) long sequence,
      @Limit(FrameLimits.MAX_PROCLAIMED_BYTES) String value)
      implements ClientFrame {}

  /**
   * Asks for {@link ServerFrame.Leader} now and after each change, until {@link Unobserve}, or the
   * end of the connection. Answered by {@link ServerFrame.Observed} when all that is known now has
   * been told.
   *
   * @param observer comes back in what is pushed
   * @param name of a lock, or what the names of all locks of a group begin with: up to and with
   *     their last slash
   * @param group true when {@code name} is that of a group
   * @param seen the newest revision that the client has seen: the node answers once it has applied
   *     that
   */
  record Observe(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String observer,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String name,
      boolean group,
      long seen)
      implements ClientFrame {}

  /** Answered by {@link ServerFrame.Unobserved}. */
  record Unobserve(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String observer,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String name,
      boolean group)
      implements ClientFrame {}

  /**
   * An {@link Acquire} with a delay.
   *
   * @param delayMillis for so long nobody else is granted the lock after the session has expired;
   *     at most 10 minutes. A release, or a session that was closed, passes it on at once.
   */
  record AcquireDelayed(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      LockMode mode,
      @Lowest(FrameLimits.WAIT_FOREVER) long waitMillis,
      long seen,
      long delayMillis)
      implements ClientFrame {}

  /**
   * Asks for the events of this node from now on. Answered by a {@link ServerFrame.Event} of type
   * {@code subscribed} with the request's number; those after it are pushed. Once a connection.
   *
   * @param after id of the last event that the client has, or empty for new ones only
   * @param types that are wanted, separated by commas; empty for all
   */
  record SubscribeEvents(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String after,
      @Limit(FrameLimits.MAX_TEXT_BYTES) String types)
      implements ClientFrame {}

  /**
   * Arrives at a barrier, once as {@link PutEntry}; {@link ServerFrame.BarrierState}.
   *
   * @param party that the client chooses, fresh for each arrival
   * @param parties that trip it
   */
  record ArriveAtBarrier(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String barrier,
      @Limit(FrameLimits.MAX_ID_BYTES) String party,
      @Lowest(1) long parties)
      implements ClientFrame {}

  /**
   * Goes away, unless the round is over; once as {@link PutEntry}; {@link
   * ServerFrame.BarrierState}.
   */
  record LeaveBarrier(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long slot,
      @Lowest(1) long sequence,
      boolean again,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String barrier,
      @Limit(FrameLimits.MAX_ID_BYTES) String party,
      long round)
      implements ClientFrame {}

  /**
   * Answered by {@link ServerFrame.BarrierState}: once the round is over, or when the wait is.
   *
   * @param waitMillis 0 to read only, at most a minute
   */
  record AwaitBarrier(
      long request, @Limit(FrameLimits.MAX_LOCK_BYTES) String barrier, long round, long waitMillis)
      implements ClientFrame {}
}
