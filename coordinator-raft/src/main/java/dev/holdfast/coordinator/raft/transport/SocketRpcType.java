// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/** Ratis makes this object from the class name, and with it all that moves its messages. */
public final class SocketRpcType implements RpcType {
  @Override
  public String name() {
    return SocketRpcType.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(this, Transport.of(parameters));
  }

  private record Factory(RpcType type, Transport transport) implements ServerFactory {
    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new SocketServerRpc(server, transport, type);
    }

    @Override
    public LogAppender newLogAppender(
        RaftServer.Division server, LeaderState state, FollowerInfo follower) {
      return new SocketAppender(transport, server, state, follower);
    }
  }
}
