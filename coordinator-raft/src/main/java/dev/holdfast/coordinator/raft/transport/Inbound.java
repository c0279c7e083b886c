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
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.SetConfigurationRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TransferLeadershipRequestProto;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.JavaUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that another Raft server has opened to this one, served by a thread of its own.
 */
final class Inbound implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Inbound.class);

  /**
   * A peer that reads has read all but the last few answers, and one that does not sends no more
   * calls: so much fits into the kernel's buffer.
   */
  private static final int DIRECT_BYTES_MAX = 16 * 1024;

  private final Connection connection;
  private final RaftServer server;
  private final Transport transport;
  private final Consumer<Inbound> ended;
  private final Outbox outbox;

  Inbound(Connection connection, RaftServer server, Transport transport, Consumer<Inbound> ended) {
    this.connection = connection;
    this.server = server;
    this.transport = transport;
    this.ended = ended;
    this.outbox = new Outbox(connection, "raft-answers-" + transport.self());
  }

  void start() {
    Thread.ofPlatform().daemon().name("raft-in-" + transport.self()).start(this::run);
  }

  private void run() {
    try (connection;
        outbox) {
      if (!isWelcome()) {
        return;
      }
      while (true) {
        Frame frame = connection.receive(0);
        try {
          handle(frame);
        } catch (IOException | RuntimeException e) {
          refuse(frame, e);
        }
      }
    } catch (IOException e) {
      LOG.debug("A Raft server has hung up: {}", e.toString());
    } finally {
      ended.accept(this);
    }
  }

  private boolean isWelcome() throws IOException {
    Frame first = connection.receiveHello();
    try {
      if (first.kind() != Kind.HELLO) {
        throw new IOException("The first frame says who calls");
      }
      Hello hello = Hello.decode(first.payload());
      transport.check(hello);
      Thread.currentThread().setName("raft-in-" + transport.self() + "-" + hello.from());
      return true;
    } catch (IOException e) {
      LOG.debug("Refused a Raft server: {}", e.toString());
      connection.send(Frame.refusal(0, e));
      return false;
    }
  }

  private void handle(Frame frame) throws IOException {
    switch (frame.kind()) {
      case APPEND -> append(frame);
      case NOTICE -> {
        var _ = server.appendEntriesAsync(frame.message(AppendEntriesRequestProto.parser()));
      }
      case SNAPSHOT ->
          connection.send(
              Frame.encode(
                  Kind.ANSWER,
                  frame.id(),
                  server.installSnapshot(frame.message(InstallSnapshotRequestProto.parser()))));
      case VOTE ->
          connection.send(
              Frame.encode(
                  Kind.ANSWER,
                  frame.id(),
                  server.requestVote(frame.message(RequestVoteRequestProto.parser()))));
      case ELECT ->
          connection.send(
              Frame.encode(
                  Kind.ANSWER,
                  frame.id(),
                  server.startLeaderElection(
                      frame.message(StartLeaderElectionRequestProto.parser()))));
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
      case PROPOSE -> answer(frame, transport.receiver().propose(frame.payload()), Inbound::bytes);
      case ASK ->
          answer(
              frame,
              transport.receiver().ask(ByteBuffer.wrap(frame.payload())),
              Function.identity());
      case HELLO, ANSWER, REFUSAL -> throw new IOException(frame.kind() + " is no call");
    }
  }

  /**
   * The thread that has made the entries durable answers itself: its caller waits for it before it
   * sends the next, so the answer fits into the kernel's buffer.
   */
  private void append(Frame frame) throws IOException {
    CompletableFuture<AppendEntriesReplyProto> reply =
        server.appendEntriesAsync(frame.message(AppendEntriesRequestProto.parser()));
    var _ =
        reply.whenComplete((done, failure) ->
            outbox.sendSmall(
                failure == null
                    ? Frame.encode(Kind.ANSWER, frame.id(), done)
                    : Frame.refusal(frame.id(), JavaUtils.unwrapCompletionException(failure))));
  }

  private void administer(Frame frame, CompletableFuture<RaftClientReply> reply) {
    answer(frame, reply, done -> ClientProtoUtils.toRaftClientReplyProto(done).toByteArray());
  }

  private <T> void answer(Frame frame, CompletableFuture<T> answer, Function<T, byte[]> encoding) {
    boolean known = answer.isDone();
    var _ =
        answer.whenComplete((done, failure) -> {
          byte[] bytes =
              failure == null
                  ? Frame.encode(Kind.ANSWER, frame.id(), encoding.apply(done))
                  : Frame.refusal(frame.id(), JavaUtils.unwrapCompletionException(failure));
          if (known || bytes.length <= DIRECT_BYTES_MAX) {
            // What is known at once is sent by the thread that reads: a peer that does not read is
            // not listened to either. The rest by the one that applies the log.
            outbox.sendSmall(bytes);
          } else {
            outbox.send(bytes);
          }
        });
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
