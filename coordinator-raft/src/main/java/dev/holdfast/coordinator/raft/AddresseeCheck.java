package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftClientRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.SetConfigurationRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TransferLeadershipRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what is addressed to another peer. A node with an emptied disk listens where its former
 * self did; Ratis 3.3.0 compares only the group, so the new one would answer for the old: count in
 * its majorities, vote in its name, and stand for election without a configuration (R2).
 */
final class AddresseeCheck implements ServerInterceptor {
  private final RaftPeerId self;
  private final ByteString selfBytes;
  private final Meter meter;

  AddresseeCheck(RaftPeerId self, Meter meter) {
    this.self = self;
    this.meter = meter;
    this.selfBytes = self.toByteString();
  }

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean refused;

      @Override
      public void onMessage(Q message) {
        RaftRpcRequestProto request = envelope(message);
        if (request == null || request.getReplyId().equals(selfBytes)) {
          super.onMessage(message);
        } else if (!refused) {
          refused = true;
          meter.count("raft.misaddressed", 1);
          call.close(
              Status.FAILED_PRECONDITION.withDescription(
                  "Here is " + self + ", not " + request.getReplyId().toStringUtf8()),
              new Metadata());
        }
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }

  /** Null for what is not addressed to a peer. */
  private static @Nullable RaftRpcRequestProto envelope(Object message) {
    return switch (message) {
      case AppendEntriesRequestProto append -> append.getServerRequest();
      case RequestVoteRequestProto vote -> vote.getServerRequest();
      case InstallSnapshotRequestProto install -> install.getServerRequest();
      case StartLeaderElectionRequestProto start -> start.getServerRequest();
      case ReadIndexRequestProto read -> read.getServerRequest();
      case RaftClientRequestProto client -> client.getRpcRequest();
      case SetConfigurationRequestProto set -> set.getRpcRequest();
      case TransferLeadershipRequestProto transfer -> transfer.getRpcRequest();
      default -> null;
    };
  }
}
