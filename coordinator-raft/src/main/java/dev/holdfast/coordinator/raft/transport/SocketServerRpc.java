package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port of one Raft server, and its way to the votes of the others. */
final class SocketServerRpc implements RaftServerRpc {
  private static final Logger LOG = LoggerFactory.getLogger(SocketServerRpc.class);

  private final RaftServer server;
  private final Transport transport;
  private final RpcType type;
  private final ServerSocket listening;
  private final Set<Inbound> callers = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  SocketServerRpc(RaftServer server, Transport transport, RpcType type) {
    this.server = server;
    this.transport = transport;
    this.type = type;
    try {
      this.listening = new ServerSocket();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void start() throws IOException {
    listening.setReuseAddress(true);
    listening.bind(new InetSocketAddress(transport.listenHost(), transport.listenPort()));
    Thread.ofPlatform().daemon().name("raft-listen-" + transport.self()).start(this::accept);
  }

  private void accept() {
    while (!closed) {
      try {
        Socket socket = listening.accept();
        Inbound caller = new Inbound(new Connection(socket), server, transport, callers::remove);
        callers.add(caller);
        caller.start();
        if (closed) {
          caller.close();
        }
      } catch (IOException e) {
        if (!closed) {
          LOG.warn("A Raft server could not be let in: {}", e.toString());
          pause();
        }
      }
    }
  }

  /** Out of file descriptors, most likely. */
  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
    return call(request.getServerRequest().getReplyId(), Kind.VOTE, request)
        .message(RequestVoteReplyProto.parser());
  }

  @Override
  public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
      throws IOException {
    return call(request.getServerRequest().getReplyId(), Kind.ELECT, request)
        .message(StartLeaderElectionReplyProto.parser());
  }

  private Frame call(ByteString to, Kind kind, MessageLite request) throws IOException {
    return transport.await(RaftPeerId.valueOf(to), kind, request, transport.silenceMax());
  }

  /** {@link SocketAppender} has a connection of its own. */
  @Override
  public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) {
    throw new UnsupportedOperationException();
  }

  /** As {@link #appendEntries}. */
  @Override
  public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void addRaftPeers(Collection<RaftPeer> peers) {
    transport.learn(peers);
  }

  @Override
  public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {
    // What has failed is closed already.
  }

  @Override
  public InetSocketAddress getInetSocketAddress() {
    return new InetSocketAddress(transport.listenHost(), transport.listenPort());
  }

  @Override
  public RpcType getRpcType() {
    return type;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listening.close();
    callers.forEach(Inbound::close);
  }
}
