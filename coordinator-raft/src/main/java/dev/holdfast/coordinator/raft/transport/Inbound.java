// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.SetConfigurationRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TransferLeadershipRequestProto;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.util.JavaUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that another Raft server has opened to this one and has proven itself on, served
 * by a thread of its own. A server speaks in its own name only.
 */
final class Inbound implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Inbound.class);

  private final Connection connection;
  private final Hello hello;
  private final ByteString from;
  private final RaftServer server;
  private final Transport transport;
  private final Consumer<Inbound> ended;
  private final Outbox outbox;

  /**
   * @param ended told once
   */
  Inbound(
      Connection connection,
      Hello hello,
      RaftServer server,
      Transport transport,
      Consumer<Inbound> ended) {
    this.connection = connection;
    this.hello = hello;
    this.from = ByteString.copyFromUtf8(hello.from());
    this.server = server;
    this.transport = transport;
    this.ended = ended;
    this.outbox = transport.newOutbox(connection, "raft-answers-" + transport.self());
  }

  void start() {
    Thread.ofPlatform()
        .daemon()
        .name("raft-in-" + transport.self() + "-" + hello.from())
        .start(this::run);
  }

  private void run() {
    try (connection;
        outbox) {
      if (!isWelcome()) {
        return;
      }
      while (true) {
        Frame frame = connection.receive(transport.budget(), transport.silenceMax());
        try {
          handle(frame);
        } catch (IOException | RuntimeException e) {
          refuse(frame, e);
        } finally {
          transport.budget().giveBack(frame.payloadBytes());
        }
      }
    } catch (IOException e) {
      LOG.debug("A Raft server has hung up: {}", e.toString());
    } finally {
      ended.accept(this);
    }
  }

  /** One that knows the secret and means another server learns which one is here. */
  private boolean isWelcome() throws IOException {
    try {
      transport.check(hello);
      return true;
    } catch (IOException e) {
      LOG.debug("Refused a Raft server: {}", e.toString());
      connection.send(Frame.refusal(0, e), transport.silenceMax());
      return false;
    }
  }

  private void handle(Frame frame) throws IOException {
    if (frame.kind() != Kind.ASK) {
      transport.mustNotBeHeld();
    }
    switch (frame.kind()) {
      case APPEND -> append(frame);
      case NOTICE -> {
        AppendEntriesRequestProto notice = frame.message(AppendEntriesRequestProto.parser());
        mustSpeakForItself(notice.getServerRequest());
        var _ = server.appendEntriesAsync(CommitBound.bounded(notice));
      }
      case SNAPSHOT -> {
        InstallSnapshotRequestProto piece = frame.message(InstallSnapshotRequestProto.parser());
        mustSpeakForItself(piece.getServerRequest());
        answer(frame, server.installSnapshot(SnapshotPiece.checked(piece)));
      }
      case VOTE -> {
        RequestVoteRequestProto vote = frame.message(RequestVoteRequestProto.parser());
        mustSpeakForItself(vote.getServerRequest());
        RequestVoteReplyProto reply = server.requestVote(vote);
        if (!vote.getPreVote()) {
          transport.makeVotesDurable();
        }
        answer(frame, reply);
      }
      case ELECT -> {
        StartLeaderElectionRequestProto call =
            frame.message(StartLeaderElectionRequestProto.parser());
        mustSpeakForItself(call.getServerRequest());
        answer(frame, server.startLeaderElection(call));
      }
      case CONFIGURE ->
          administer(
              frame,
              server.setConfigurationAsync(
                  ClientProtoUtils.toSetConfigurationRequest(
                      frame.message(SetConfigurationRequestProto.parser()))));
      case TRANSFER ->
          administer(
              frame,
              server.transferLeadershipAsync(
                  ClientProtoUtils.toTransferLeadershipRequest(
                      frame.message(TransferLeadershipRequestProto.parser()))));
      case PROPOSE ->
          answer(
              frame, transport.receiver().propose(hello.from(), frame.payload()), Inbound::bytes);
      case ASK ->
          answer(
              frame,
              transport.receiver().ask(ByteBuffer.wrap(frame.payload())),
              Function.identity());
      case ANSWER, REFUSAL -> throw new IOException(frame.kind() + " is no call");
    }
  }

  private void mustSpeakForItself(RaftRpcRequestProto request) throws IOException {
    if (!request.getRequestorId().equals(from)) {
      throw new IOException(
          hello.from() + " speaks in the name of " + request.getRequestorId().toStringUtf8());
    }
  }

  private void answer(Frame frame, MessageLite done) {
    outbox.send(Frame.encode(Kind.ANSWER, frame.id(), done));
  }

  /** The thread that has made the entries durable answers itself. */
  private void append(Frame frame) throws IOException {
    AppendEntriesRequestProto request = frame.message(AppendEntriesRequestProto.parser());
    mustSpeakForItself(request.getServerRequest());
    CompletableFuture<AppendEntriesReplyProto> reply =
        server.appendEntriesAsync(CommitBound.bounded(request));
    var _ =
        reply.whenComplete((done, failure) ->
            outbox.send(
                failure == null
                    ? Frame.encode(Kind.ANSWER, frame.id(), done)
                    : Frame.refusal(frame.id(), JavaUtils.unwrapCompletionException(failure))));
  }

  private void administer(Frame frame, CompletableFuture<RaftClientReply> reply) {
    answer(frame, reply, done -> ClientProtoUtils.toRaftClientReplyProto(done).toByteArray());
  }

  /** Often on the thread that applies the log. */
  private <T> void answer(Frame frame, CompletableFuture<T> answer, Function<T, byte[]> encoding) {
    var _ =
        answer.whenComplete((done, failure) ->
            outbox.send(
                failure == null
                    ? Frame.encode(Kind.ANSWER, frame.id(), encoding.apply(done))
                    : Frame.refusal(frame.id(), JavaUtils.unwrapCompletionException(failure))));
  }

  private void refuse(Frame frame, Exception reason) {
    LOG.debug("Refused {}: {}", frame.kind(), reason.toString());
    if (frame.kind() != Kind.NOTICE) {
      outbox.send(Frame.refusal(frame.id(), reason));
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    outbox.close();
  }
}
