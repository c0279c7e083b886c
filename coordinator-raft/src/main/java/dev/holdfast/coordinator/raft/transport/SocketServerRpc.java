// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import dev.holdfast.spi.coordinator.NodeLinks.Link;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port of one Raft server, and its way to the votes of the others. */
final class SocketServerRpc implements RaftServerRpc {
  private static final Logger LOG = LoggerFactory.getLogger(SocketServerRpc.class);

  private final RaftServer server;
  private final Transport transport;
  private final RpcType type;
  private final Entrance entrance;
  private final Set<Inbound> callers = ConcurrentHashMap.newKeySet();
  private volatile @Nullable ServerSocket listening;
  private volatile boolean closed;

  SocketServerRpc(RaftServer server, Transport transport, RpcType type) {
    this.server = server;
    this.transport = transport;
    this.type = type;
    this.entrance = new Entrance(transport.links(), transport, this::admit);
  }

  @Override
  public void start() throws IOException {
    ServerSocket opened = transport.links().sockets().listen(getInetSocketAddress());
    listening = opened;
    Thread.ofPlatform()
        .daemon()
        .name("raft-listen-" + transport.self())
        .start(() -> accept(opened));
  }

  /** Goes on whatever happens: a node that nobody reaches any more is worse than one that waits. */
  private void accept(ServerSocket opened) {
    while (!closed) {
      try {
        entrance.enter(opened.accept());
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        if (!closed) {
          LOG.warn("A caller could not be let in: {}", e.toString());
          pause();
        }
      }
    }
  }

  private void admit(Link link, Hello hello, Runnable ended) throws IOException {
    Inbound caller =
        new Inbound(
            new Connection(link),
            hello,
            server,
            transport,
            gone -> {
              callers.remove(gone);
              ended.run();
            });
    callers.add(caller);
    try {
      caller.start();
    } catch (RuntimeException | Error e) {
      callers.remove(caller);
      caller.close();
      throw e;
    }
    if (closed) {
      caller.close();
    }
  }

  /** Out of file descriptors or threads, most likely. */
  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
    transport.mustNotBeHeld();
    if (!request.getPreVote()) {
      transport.makeVotesDurable(); // A candidate has voted for itself.
    }
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
    ServerSocket opened = listening;
    if (opened != null) {
      opened.close();
    }
    entrance.close();
    callers.forEach(Inbound::close);
  }
}
