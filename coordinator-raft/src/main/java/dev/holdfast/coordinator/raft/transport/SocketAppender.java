// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import java.io.IOException;
import java.util.Comparator;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppenderBase;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the leader sends to one follower, by one thread over one connection: entries, and the next
 * only when those are on the follower's disk; heartbeats, also while it waits for that disk; and
 * each new commit index, if no entries follow at once to carry it, where Ratis waits for the next
 * heartbeat.
 */
final class SocketAppender extends LogAppenderBase {
  private static final Logger LOG = LoggerFactory.getLogger(SocketAppender.class);

  private static final long RETRY_MILLIS_MIN = 5;
  private static final long RETRY_MILLIS_MAX = 200;

  /** How long a commit waits for the next entries to tell it, as they cost the follower nothing. */
  private static final long COMPANY_NANOS = 500_000;

  /** The follower opens what it received before it answers the last piece. */
  private static final long SNAPSHOT_MILLIS_MAX = 60_000;

  private static final Comparator<Long> CALL_IDS = Comparator.naturalOrder();

  private final Transport transport;
  private final LongSupplier nanos;

  /** Owned by the thread of the appender, but for its closing. */
  private volatile @Nullable Connection connection;

  private volatile @Nullable Thread thread;
  private final AtomicLong callIds = new AtomicLong();
  private volatile boolean waitsForEntries;
  private volatile boolean waitsForCommit;

  /** When entries were last answered. */
  private long answeredNanos;

  /** The newest commit index that a message to the follower carried. */
  private long told = RaftLog.INVALID_LOG_INDEX;

  SocketAppender(
      Transport transport, RaftServer.Division server, LeaderState state, FollowerInfo follower) {
    super(server, state, follower);
    this.transport = transport;
    this.nanos = transport.clock();
    this.answeredNanos = nanos.getAsLong();
  }

  @Override
  public long getCallId() {
    return callIds.get();
  }

  @Override
  public Comparator<Long> getCallIdComparator() {
    return CALL_IDS;
  }

  /** A heartbeat beside entries under way cannot say what comes before it. */
  @Override
  public boolean hasPendingDataRequests() {
    return waitsForEntries;
  }

  /** Unlike Ratis' own signal, a permit is not lost when it comes before the wait. */
  @Override
  public void notifyLogAppender() {
    LockSupport.unpark(thread);
  }

  @Override
  public CompletableFuture<LifeCycle.State> stopAsync() {
    CompletableFuture<LifeCycle.State> stopped = super.stopAsync();
    connectAnew();
    return stopped;
  }

  /** The leader has committed something: wakes this appender when it waits for that. */
  void committed() {
    if (waitsForCommit) {
      notifyLogAppender();
    }
  }

  /** Whatever is under way fails, and is sent again if this appender still runs. */
  void connectAnew() {
    Connection open = connection;
    if (open != null) {
      open.close();
    }
  }

  /**
   * Whatever fails is tried again here. Ratis 3.3.0 would start anew an appender that throws, but
   * not that of a server which is being admitted: it takes one without an appender for caught up,
   * and makes it a voter that nobody sends to.
   */
  @Override
  public void run() throws InterruptedException {
    thread = Thread.currentThread();
    transport.add(this);
    long pauseMillis = RETRY_MILLIS_MIN;
    try {
      while (isRunning()) {
        try {
          sendWhatIsDue();
          pauseMillis = RETRY_MILLIS_MIN;
        } catch (IOException | RuntimeException e) {
          report(e, pauseMillis == RETRY_MILLIS_MIN);
          hangUp();
          Thread.sleep(pauseMillis);
          pauseMillis = Math.min(RETRY_MILLIS_MAX, pauseMillis * 2);
        }
        getLeaderState().checkHealth(getFollower());
      }
    } finally {
      transport.remove(this);
      hangUp();
    }
  }

  /** A peer that is away is no news, what this server cannot do for one is. */
  private void report(Exception failure, boolean isFirst) {
    boolean isHere = failure instanceof RuntimeException || failure instanceof RaftLogIOException;
    if (isHere && isFirst) {
      LOG.warn("{} could not send what is due, and tries again", this, failure);
    } else {
      LOG.debug("{} has failed: {}", this, failure.toString());
    }
  }

  private void sendWhatIsDue() throws IOException, InterruptedException {
    if (shouldSendAppendEntries()) {
      SnapshotInfo snapshot = shouldInstallSnapshot();
      if (snapshot == null) {
        append();
      } else {
        install(snapshot);
      }
    } else {
      long company = COMPANY_NANOS - (nanos.getAsLong() - answeredNanos);
      if (company > 0 && getFollower().getMatchIndex() > told) {
        pause(company);
      } else if (hasCommitToTell()) {
        tellCommit();
      } else {
        waitsForCommit = getFollower().getMatchIndex() > told;
        if (!hasCommitToTell()) {
          pause(TimeUnit.MILLISECONDS.toNanos(Math.max(1, getHeartbeatWaitTimeMs())));
        }
        waitsForCommit = false;
      }
    }
  }

  private static void pause(long nanos) throws InterruptedException {
    LockSupport.parkNanos(nanos);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  // ---- Entries ----

  private void append() throws IOException {
    AppendEntriesRequestProto request = newAppendEntriesRequest(callIds.incrementAndGet(), false);
    if (request == null) {
      return; // What comes before is not in the log any more: a snapshot is next.
    }
    Timestamp sent = Timestamp.currentTime();
    long id = send(request);
    waitsForEntries = request.getEntriesCount() > 0;
    try {
      AppendEntriesReplyProto reply =
          await(id, transport.silenceMax().toMillis(), true)
              .message(AppendEntriesReplyProto.parser());
      getFollower().updateLastRespondedAppendEntriesSendTime(sent);
      heard(reply);
      appended(request, reply);
      if (waitsForEntries) {
        answeredNanos = nanos.getAsLong();
      }
    } finally {
      waitsForEntries = false;
    }
  }

  private long send(AppendEntriesRequestProto request) throws IOException {
    long id = request.getServerRequest().getCallId();
    boolean heartbeat = request.getEntriesCount() == 0;
    byte[] frame = Frame.encode(Kind.APPEND, id, request);
    Connection open = open();
    resetHeartbeatTrigger();
    getFollower().updateLastRpcSendTime(heartbeat);
    open.send(frame, transport.silenceMax());
    if (!heartbeat || request.hasPreviousLog()) {
      told = Math.max(told, request.getLeaderCommit());
    }
    return id;
  }

  /**
   * The answer to a call. Answers to heartbeats that come before it show that the follower is
   * alive, however long its disk takes.
   */
  private Frame await(long id, long silenceMillisMax, boolean withHeartbeats) throws IOException {
    Connection open = open();
    long heard = nanos.getAsLong();
    long pauseMillis =
        withHeartbeats ? getServer().properties().minRpcTimeoutMs() / 4 : silenceMillisMax;
    while (true) {
      if (open.awaitFrame(pauseMillis)) {
        Frame frame = open.receive((int) transport.silenceMax().toMillis());
        if (frame.id() == id || frame.id() == 0) {
          return frame.orRefused();
        }
        heard = nanos.getAsLong();
        if (frame.kind() == Kind.ANSWER) {
          heard(frame.message(AppendEntriesReplyProto.parser()));
        }
      } else if (!isRunning()) {
        throw new IOException("This server leads no more");
      } else if (nanos.getAsLong() - heard >= TimeUnit.MILLISECONDS.toNanos(silenceMillisMax)) {
        throw new IOException(getFollowerId() + " is silent");
      } else if (withHeartbeats) {
        send(newAppendEntriesRequest(callIds.incrementAndGet(), true));
      }
    }
  }

  private void heard(AppendEntriesReplyProto reply) {
    getFollower().updateLastRpcResponseTime();
    getLeaderState().onFollowerCommitIndex(getFollower(), reply.getFollowerCommit());
    if (reply.getResult() == AppendEntriesReplyProto.AppendResult.NOT_LEADER) {
      onFollowerTerm(reply.getTerm());
    }
  }

  private void appended(AppendEntriesRequestProto request, AppendEntriesReplyProto reply) {
    boolean heartbeat = request.getEntriesCount() == 0;
    switch (reply.getResult()) {
      case SUCCESS -> {
        // A heartbeat proves only what it named as coming before it.
        long next =
            heartbeat
                ? request.hasPreviousLog() ? request.getPreviousLog().getIndex() + 1 : 0
                : reply.getNextIndex();
        if (next > getFollower().getNextIndex()) {
          getFollower().updateMatchIndex(next - 1);
          getFollower().increaseNextIndex(next);
          getLeaderState().onFollowerSuccessAppendEntries(getFollower());
        }
      }
      case INCONSISTENCY -> {
        long first = heartbeat ? RaftLog.INVALID_LOG_INDEX : request.getEntries(0).getIndex();
        getFollower().setNextIndex(getNextIndexForInconsistency(first, reply.getNextIndex()));
      }
      case NOT_LEADER -> LOG.debug("{}: the follower knows a newer term", this);
      default -> LOG.warn("{}: answered by {}", this, reply.getResult());
    }
    getLeaderState().onAppendEntriesReply(this, reply);
  }

  // ---- Commits ----

  /** Not while there are entries to send: they tell it. */
  private boolean hasCommitToTell() {
    RaftLog log = getRaftLog();
    long committed = log.getLastCommittedIndex();
    return committed > told && getFollower().getMatchIndex() >= committed;
  }

  /** Not answered, and not counted as a heartbeat, whose answers keep the leader in its place. */
  private void tellCommit() throws IOException {
    long id = callIds.incrementAndGet();
    AppendEntriesRequestProto request = newAppendEntriesRequest(id, true);
    open().send(Frame.encode(Kind.NOTICE, id, request), transport.silenceMax());
    told = Math.max(told, request.getLeaderCommit());
  }

  // ---- Snapshots ----

  /** Connects first: making the files costs a copy of the table, and the follower may be away. */
  private void install(SnapshotInfo snapshot) throws IOException {
    Connection _ = open();
    LOG.info(
        "{} begins at {}, the log at {}: it gets the snapshot {}",
        getFollowerId(),
        getFollower().getNextIndex(),
        getRaftLog().getStartIndex(),
        snapshot.getTermIndex());
    InstallSnapshotReplyProto reply = null;
    for (InstallSnapshotRequestProto piece :
        newInstallSnapshotRequests(UUID.randomUUID().toString(), snapshot)) {
      reply = install(piece);
      if (!reply.getServerReply().getSuccess()) {
        break;
      }
    }
    if (reply == null) {
      return;
    }
    if (reply.getServerReply().getSuccess()) {
      getFollower().setSnapshotIndex(snapshot.getTermIndex().getIndex());
      getServer().getRaftServerMetrics().onSnapshotInstalled();
    }
    switch (reply.getResult()) {
      case SUCCESS, SNAPSHOT_UNAVAILABLE, ALREADY_INSTALLED, SNAPSHOT_EXPIRED ->
          getFollower().setAttemptedToInstallSnapshot();
      case NOT_LEADER -> onFollowerTerm(reply.getTerm());
      default -> LOG.debug("{}: the snapshot was answered by {}", this, reply.getResult());
    }
  }

  private InstallSnapshotReplyProto install(InstallSnapshotRequestProto piece) throws IOException {
    long id = callIds.incrementAndGet();
    getFollower().updateLastRpcSendTime(false);
    open().send(Frame.encode(Kind.SNAPSHOT, id, piece), transport.silenceMax());
    Frame frame = await(id, SNAPSHOT_MILLIS_MAX, false);
    getFollower().updateLastRpcResponseTime();
    return frame.message(InstallSnapshotReplyProto.parser());
  }

  // ---- The connection ----

  private Connection open() throws IOException {
    Connection open = connection;
    if (open == null) {
      String address = transport.address(getFollowerId());
      if (address == null) {
        throw new IOException("The address of " + getFollowerId() + " is not known");
      }
      open = transport.open(address);
      connection = open; // Before it waits: closing ends that.
      if (!isRunning()) {
        open.close();
      }
      transport.introduce(open, transport.hello(getFollowerId()));
    }
    return open;
  }

  private void hangUp() {
    connectAnew();
    connection = null;
    told = RaftLog.INVALID_LOG_INDEX;
  }
}
