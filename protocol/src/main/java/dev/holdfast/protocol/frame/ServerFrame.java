// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import java.util.List;

/**
 * What a node sends: the answer to a request, with its number, or a push, with request 0. {@code
 * revision} says which state of the cluster the frame speaks of; a client keeps the greatest, and
 * ignores what is older than what it knows of the same handle (R19).
 */
public sealed interface ServerFrame extends Frame {
  /**
   * Answers a request of a session by its number; 0 in one that is pushed. The greeting and events
   * are of the connection, and are none of these.
   */
  sealed interface Answer {
    long request();
  }

  /** Answers a request about data: a map, a counter, a latch or a barrier. */
  sealed interface DataAnswer extends Answer {}

  /** Speaks of the state at this revision, which a client has seen from then on (R19). */
  sealed interface Revisioned {
    long revision();
  }

  /** May be pushed, and names the session that it is for. */
  sealed interface OfSession {
    String session();
  }

  /** Pushed to a watch of a map. */
  sealed interface OfWatch {
    long watch();
  }

  /** Answer to {@link ClientFrame.Hello}: this node, and where the client may go if it dies. */
  record Welcome(
      @Limit(FrameLimits.MAX_ID_BYTES) String node,
      long revision,
      @Limit(FrameLimits.MAX_NODES) List<NodeAddress> nodes)
      implements ServerFrame {
    public Welcome {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * Pushed after the {@link Welcome}, and after each change: where the commits of the cluster are
   * decided now. Requests that are sent there have the shortest way; every node answers all of
   * them, so a client may ignore this. Never sent where no node is better than another.
   *
   * @param node its id, empty when it is not known
   * @param api its address, such as {@code http://127.0.0.1:7600}, empty when it is not known
   */
  record LeaderAt(
      @Limit(FrameLimits.MAX_ID_BYTES) String node, @Limit(FrameLimits.MAX_LOCK_BYTES) String api)
      implements ServerFrame {}

  record SessionOpened(
      long request, @Limit(FrameLimits.MAX_ID_BYTES) String session, long ttlMillis, long revision)
      implements ServerFrame, Answer, Revisioned {}

  /**
   * The session lives for a TTL from now.
   *
   * @param handles one state for each handle that was named, in that order
   */
  record SessionResumed(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      long ttlMillis,
      long revision,
      @Limit(FrameLimits.MAX_HANDLES) List<HandleState> handles)
      implements ServerFrame, Answer, Revisioned {
    public SessionResumed {
      handles = List.copyOf(handles);
    }
  }

  record KeptAlive(long request, @Limit(FrameLimits.MAX_ID_BYTES) String session, long revision)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  record SessionClosed(long request, @Limit(FrameLimits.MAX_ID_BYTES) String session, long revision)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  /**
   * The holder waits. Answer to an acquire, or pushed when its place has changed.
   *
   * @param position 1 is next
   */
  record Queued(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long position,
      long revision)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  /**
   * The holder has the lock. Answer to an acquire, or pushed to one who waits.
   *
   * @param homeApi address of the node that runs this lock's changes, empty when unknown (R26)
   */
  record Granted(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long token,
      long revision,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String homeApi)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  record Released(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long revision)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  /**
   * The holder neither holds nor waits, and will not be granted. Answer to a cancel, or pushed when
   * a wait has ended at the node and nobody remembers its request.
   */
  record Cancelled(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long revision)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  /**
   * Pushed: the holder no longer has the lock, and did not release it. Final.
   *
   * @param reason a stable code, such as {@code SESSION_EXPIRED}
   */
  record Lost(
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long token,
      @Limit(FrameLimits.MAX_ID_BYTES) String reason,
      long revision)
      implements ServerFrame, Revisioned, OfSession {}

  /**
   * Pushed, or the answer to whatever names the session: it has ended, with all that it held.
   * Final.
   *
   * @param reason a stable code, such as {@code SESSION_EXPIRED} or {@code SESSION_UNKNOWN}
   */
  record SessionEnded(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String reason,
      long revision)
      implements ServerFrame, Answer, Revisioned, OfSession {}

  /**
   * Pushed to who subscribed: something that this node noticed. Type {@code subscribed} is the
   * answer to the subscription, and {@code gap} says that events were missed before the next one.
   *
   * @param id to resume after, on another connection too; empty for a gap
   * @param at the node's wall clock, as ISO 8601
   */
  record Event(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String id,
      @Limit(FrameLimits.MAX_ID_BYTES) String kind,
      @Limit(FrameLimits.MAX_ID_BYTES) String at,
      @Limit(FrameLimits.MAX_ID_BYTES) String node,
      @Limit(FrameLimits.MAX_DETAILS) List<EventDetail> details)
      implements ServerFrame {
    public Event {
      details = List.copyOf(details);
    }
  }

  /**
   * The request was refused or could not be carried out.
   *
   * @param request 0 when the frame could not be read that far
   * @param status what REST would answer
   * @param code stable, listed in docs/reference/errors.md
   * @param next what the caller can do now
   * @param retry true when the same frame may be sent again, here or to another node
   */
  record Failed(
      long request,
      long status,
      @Limit(FrameLimits.MAX_ID_BYTES) String code,
      @Limit(FrameLimits.MAX_TEXT_BYTES) String detail,
      @Limit(FrameLimits.MAX_TEXT_BYTES) String next,
      boolean retry)
      implements ServerFrame, Answer {}

  /** The changes were made; their version is the revision. */
  record EntriesWritten(long request, long revision)
      implements ServerFrame, DataAnswer, Revisioned {}

  /**
   * @param version 0 when the key is absent
   * @param ageMillis of a local read: how long ago the node surely knew everything; -1 when it
   *     never did
   */
  record EntryValue(
      long request,
      long revision,
      long version,
      @Limit(FrameLimits.MAX_VALUE_BYTES) Blob value,
      @Lowest(-1) long ageMillis)
      implements ServerFrame, DataAnswer, Revisioned {}

  /**
   * @param revision applied when the page was begun
   * @param more whether keys may follow the last one
   */
  record EntryPage(
      long request,
      long revision,
      @Limit(FrameLimits.MAX_PAGE) List<EntryItem> entries,
      boolean more)
      implements ServerFrame, DataAnswer, Revisioned {
    public EntryPage {
      entries = List.copyOf(entries);
    }
  }

  /**
   * What the node has applied.
   *
   * @param bytes of the map's keys and values
   * @param allBytes of all maps
   * @param limitBytes that all maps may have
   */
  record EntryCounts(
      long request, long revision, long entries, long bytes, long allBytes, long limitBytes)
      implements ServerFrame, DataAnswer {}

  /** Changes after this revision will be told. */
  record EntriesWatched(long request, long watch, long revision)
      implements ServerFrame, DataAnswer, Revisioned {}

  /** Pushed: these keys changed; what was between may be left out. Revisions of a key rise. */
  record EntriesChanged(long watch, @Limit(FrameLimits.MAX_PAGE) List<EntryChange> changes)
      implements ServerFrame, OfWatch {
    public EntriesChanged {
      changes = List.copyOf(changes);
    }
  }

  /** Pushed: changes up to this revision may be missing. List the entries again. */
  record EntriesResync(long watch, long revision) implements ServerFrame, Revisioned, OfWatch {}

  /** A counter before and after the request; the same for one that changed nothing. */
  record CounterValue(
      long request,
      long revision,
      @Lowest(Long.MIN_VALUE) long before,
      @Lowest(Long.MIN_VALUE) long after)
      implements ServerFrame, DataAnswer, Revisioned {}

  /**
   * A latch after the request.
   *
   * @param round rises each time that a count is set
   * @param left to count; 0 for an open latch
   */
  record LatchCount(long request, long revision, long round, long left, boolean changed)
      implements ServerFrame, DataAnswer, Revisioned {}

  /**
   * The value is known.
   *
   * @param sequence of what is known now: the one that was sent, or a later one of the same holder
   */
  record Proclaimed(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      long sequence,
      long revision)
      implements ServerFrame, Answer, Revisioned {}

  /**
   * Pushed to an observer: who holds a lock exclusively, and what it has proclaimed.
   *
   * @param token 0 when nobody holds it exclusively; then the session, the holder and the value are
   *     empty
   * @param value of this very grant, empty when it has proclaimed none
   */
  record Leader(
      @Limit(FrameLimits.MAX_ID_BYTES) String observer,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
      @Limit(FrameLimits.MAX_ID_BYTES) String session,
      @Limit(FrameLimits.MAX_ID_BYTES) String holder,
      long token,
      @Limit(FrameLimits.MAX_PROCLAIMED_BYTES) String value,
      long revision)
      implements ServerFrame, Revisioned {}

  /**
   * All that was known at this revision has been told to the observer. Locks of a group that were
   * not named since the request have no holder.
   */
  record Observed(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String observer,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String name,
      boolean group,
      long revision)
      implements ServerFrame, Answer, Revisioned {}

  record Unobserved(
      long request,
      @Limit(FrameLimits.MAX_ID_BYTES) String observer,
      @Limit(FrameLimits.MAX_LOCK_BYTES) String name,
      boolean group)
      implements ServerFrame, Answer {}

  /**
   * A barrier, as the request has found or made it.
   *
   * @param round that the party arrived in; of a wait, the round that the barrier is in
   * @param waiting parties that waited before it
   * @param tripped whether the round that was asked for is over
   */
  record BarrierState(
      long request, long revision, long round, long waiting, long parties, boolean tripped)
      implements ServerFrame, DataAnswer, Revisioned {}
}
