// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.NodeLinks.Link;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A port that stays open, and votes that are not forgotten. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SocketServerRpcTest {
  private final AtomicInteger synced = new AtomicInteger();
  private final CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
  private boolean diskFails;
  private int failedAccepts;
  private final Transport transport =
      new Transport(
          RaftPeerId.valueOf("n2_a"),
          Ends.GROUP,
          "127.0.0.1",
          0,
          name -> name,
          Duration.ofSeconds(2),
          Meter.NONE,
          new NodeLinks(new Faulty(), Ends.PROOF, new SecureRandom()),
          () -> {
            if (diskFails) {
              throw new IOException("the disk has failed");
            }
            synced.incrementAndGet();
          },
          System::nanoTime);
  private final SocketServerRpc rpc = new SocketServerRpc(voter(), transport, new SocketRpcType());

  /** Votes for everybody. */
  private static RaftServer voter() {
    return (RaftServer)
        Proxy.newProxyInstance(
            RaftServer.class.getClassLoader(),
            new Class<?>[] {RaftServer.class},
            (_, method, _) -> {
              if (method.getName().equals("requestVote")) {
                return RequestVoteReplyProto.newBuilder().setTerm(7).build();
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }

  /** As plain sockets; the first callers meet a machine that has no threads left. */
  private final class Faulty implements NodeLinks.Sockets {
    @Override
    public ServerSocket listen(InetSocketAddress address) throws IOException {
      ServerSocket listening =
          new ServerSocket(0, 10, InetAddress.getLoopbackAddress()) {
            @Override
            public Socket accept() throws IOException {
              Socket socket = super.accept();
              if (failedAccepts > 0) {
                failedAccepts--;
                socket.close();
                throw new OutOfMemoryError("unable to create native thread");
              }
              return socket;
            }
          };
      bound.complete((InetSocketAddress) listening.getLocalSocketAddress());
      return listening;
    }

    @Override
    public Link accepted(Socket raw) {
      return new Link(raw, raw);
    }

    @Override
    public Link connect(InetSocketAddress address, Duration timeout) {
      throw new UnsupportedOperationException();
    }
  }

  @AfterEach
  void close() throws IOException {
    rpc.close();
  }

  private Socket caller() throws Exception {
    InetSocketAddress address = bound.get(20, TimeUnit.SECONDS);
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(20_000);
    Ends.handshake(Ends.PROOF).call(socket, Ends.HELLO);
    return socket;
  }

  private static byte[] vote(String requestor, boolean preVote) {
    return Frame.encode(
        Kind.VOTE,
        3,
        RequestVoteRequestProto.newBuilder()
            .setPreVote(preVote)
            .setServerRequest(
                RaftRpcRequestProto.newBuilder().setRequestorId(ByteString.copyFromUtf8(requestor)))
            .build());
  }

  @Test
  void theListenerSurvivesAMachineWithoutThreads() throws Exception {
    failedAccepts = 2;
    rpc.start();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::caller).isInstanceOf(IOException.class);
    }
    try (Socket socket = caller()) {
      socket.getOutputStream().write(vote("n1_a", false));
      assertThat(Ends.read(socket).kind()).isEqualTo(Kind.ANSWER);
    }
  }

  @Test
  void aVoteIsDurableBeforeItIsAnswered() throws Exception {
    rpc.start();
    try (Socket socket = caller()) {
      socket.getOutputStream().write(vote("n1_a", true));
      assertThat(Ends.read(socket).kind()).isEqualTo(Kind.ANSWER);
      assertThat(synced).as("a pre-vote promises nothing").hasValue(0);

      socket.getOutputStream().write(vote("n1_a", false));
      assertThat(Ends.read(socket).kind()).isEqualTo(Kind.ANSWER);
      assertThat(synced).hasValue(1);
    }
  }

  @Test
  void aVoteThatCannotBeMadeDurableIsNotGiven() throws Exception {
    diskFails = true;
    rpc.start();
    try (Socket socket = caller()) {
      socket.getOutputStream().write(vote("n1_a", false));
      Frame answer = Ends.read(socket);
      assertThat(answer.kind()).isEqualTo(Kind.REFUSAL);
      assertThat(answer.text()).contains("the disk has failed");
    }
    assertThatThrownBy(() -> rpc.requestVote(RequestVoteRequestProto.getDefaultInstance()))
        .hasMessageContaining("the disk has failed");
  }

  @Test
  void aServerSpeaksInItsOwnNameOnly() throws Exception {
    rpc.start();
    try (Socket socket = caller()) {
      socket.getOutputStream().write(vote("n3_a", false));
      assertThat(Ends.read(socket).text()).contains("speaks in the name of n3_a");
      assertThat(synced).hasValue(0);
    }
  }

  @Test
  void aServerThatIsHeldGivesNoVotes() throws Exception {
    transport.hold();
    rpc.start();
    try (Socket socket = caller()) {
      socket.getOutputStream().write(vote("n1_a", false));
      assertThat(Ends.read(socket).text()).contains("starting");
      transport.release();
      socket.getOutputStream().write(vote("n1_a", false));
      assertThat(Ends.read(socket).kind()).isEqualTo(Kind.ANSWER);
    }
  }
}
