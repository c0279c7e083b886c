package dev.holdfast.coordinator.raft;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.jspecify.annotations.Nullable;

/**
 * Ratis' gRPC transport, whose leader tells the followers of a commit at once. Ratis itself tells
 * it with the next entries, or else with the next heartbeat, up to half an election timeout later,
 * and reads and watches on the followers wait for it. Ratis makes this object from the class name.
 */
public final class PromptGrpc implements RpcType {
  private static final String APPENDERS = "holdfast.raft.appenders";

  /** The appenders of one server while it leads, and its ways to the others. Thread-safe. */
  static final class Appenders {
    private final Set<LogAppender> all = ConcurrentHashMap.newKeySet();
    private volatile @Nullable GrpcServicesImpl rpc;

    /** A peer has moved: what is open to its former place is closed, and its name is asked anew. */
    void callAnew(RaftPeerId peer) {
      GrpcServicesImpl current = rpc;
      if (current != null) {
        current.getProxies().resetProxy(peer);
      }
    }

    void handOver(Parameters parameters) {
      parameters.put(APPENDERS, this, Appenders.class);
    }

    /** Something was committed: those whose follower does not know send a heartbeat. */
    void wake() {
      all.removeIf(appender -> !appender.isRunning());
      all.forEach(LogAppender::notifyLogAppender);
    }
  }

  @Override
  public String name() {
    return PromptGrpc.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(parameters, parameters.getNonNull(APPENDERS, Appenders.class));
  }

  private static final class Factory extends GrpcFactory {
    private final Appenders appenders;

    Factory(Parameters parameters, Appenders appenders) {
      super(parameters);
      this.appenders = appenders;
    }

    @Override
    public GrpcServices newRaftServerRpc(RaftServer server) {
      GrpcServices rpc = super.newRaftServerRpc(server);
      appenders.rpc = rpc instanceof GrpcServicesImpl own ? own : null;
      return rpc;
    }

    @Override
    public LogAppender newLogAppender(
        RaftServer.Division server, LeaderState state, FollowerInfo follower) {
      LogAppender appender = new Appender(server, state, follower);
      appenders.all.add(appender);
      return appender;
    }
  }

  private static final class Appender extends GrpcLogAppender {
    /** The newest commit index that a message to the follower carried. Written by its thread. */
    private volatile long told = RaftLog.INVALID_LOG_INDEX;

    Appender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
      super(server, state, follower);
    }

    @Override
    public long getHeartbeatWaitTimeMs() {
      return hasCommitToTell() ? 0 : super.getHeartbeatWaitTimeMs();
    }

    /**
     * Not while entries are under way: the next ones tell it, or the answer to the last one wakes
     * this appender. A heartbeat beside them would carry no commit index.
     */
    private boolean hasCommitToTell() {
      RaftLog log = getRaftLog();
      long committed = log.getLastCommittedIndex();
      return committed > told
          && log.getNextIndex() == committed + 1
          && getFollower().getNextIndex() == committed + 1
          && !hasPendingDataRequests();
    }

    @Override
    public @Nullable AppendEntriesRequestProto newAppendEntriesRequest(
        long callId, boolean heartbeat) throws RaftLogIOException {
      AppendEntriesRequestProto request = super.newAppendEntriesRequest(callId, heartbeat);
      if (request != null && request.getLeaderCommit() > told) {
        told = request.getLeaderCommit();
      }
      return request;
    }
  }
}
