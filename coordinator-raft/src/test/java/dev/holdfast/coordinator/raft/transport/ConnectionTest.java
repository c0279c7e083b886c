// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionTest {
  private static final int LARGE_BYTES = 8 << 20;

  /** More than both kernels keep for a peer that does not read. */
  private static final byte[] LARGE = Frame.encode(Kind.APPEND, 7, new byte[LARGE_BYTES]);

  private ServerSocket listening;

  @BeforeEach
  void listen() throws IOException {
    listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    listening.close();
  }

  private Connection open() throws IOException {
    return Ends.transport("n1_a").open("127.0.0.1:" + listening.getLocalPort());
  }

  /** The leader must try again when such a follower is back. */
  @Test
  void hangsUpOnAPeerThatTakesNothing() throws IOException {
    try (Connection connection = open();
        Socket _ = listening.accept()) {
      assertThatThrownBy(() -> connection.send(LARGE, Duration.ofSeconds(1)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aLargeFrameArrivesWhole() throws Exception {
    try (Connection connection = open();
        Socket peer = listening.accept()) {
      DataInputStream in = new DataInputStream(peer.getInputStream());
      CompletableFuture<Integer> bytes =
          CompletableFuture.supplyAsync(() -> {
            try {
              return Frame.read(in).payloadBytes();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      connection.send(LARGE, Duration.ofSeconds(30));
      assertThat(bytes.get(30, TimeUnit.SECONDS)).isEqualTo(LARGE_BYTES);
    }
  }

  /** Whatever the peer does: the threads that apply the log send so. */
  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1_000, 16 << 10})
  void tryingToSendNeverWaits(int bytes) throws Exception {
    byte[] answer = Frame.encode(Kind.ANSWER, 1, new byte[bytes]);
    try (Connection connection = open();
        Socket peer = listening.accept()) {
      int sent = 0;
      while (connection.trySend(answer)) {
        sent++;
      }
      assertThat(sent).isBetween(2, 256);
      assertThat(connection.trySend(answer)).isFalse();

      for (int i = 0; i < sent; i++) {
        assertThat(Ends.read(peer).payloadBytes()).isEqualTo(bytes);
      }
      byte[] call = Frame.encode(Kind.ASK, 2, new byte[1]);
      Frame.stamp(call, (long) sent * Frame.weight(answer.length));
      peer.getOutputStream().write(call);
      assertThat(connection.receive().id()).isEqualTo(2);
      assertThat(connection.trySend(answer)).as("the peer has read all").isTrue();
    }
  }

  @Test
  void memoryComesFromABudgetAndIsWaitedFor() throws Exception {
    ByteBudget budget = new ByteBudget(1 << 20);
    try (Connection connection = open();
        Socket peer = listening.accept()) {
      peer.getOutputStream().write(Frame.encode(Kind.APPEND, 1, new byte[1 << 20]));
      Frame first = connection.receive(budget, Duration.ofSeconds(20));
      assertThat(budget.leftBytes()).isZero();

      peer.getOutputStream().write(Frame.encode(Kind.APPEND, 2, new byte[100_000]));
      assertThatThrownBy(() -> connection.receive(budget, Duration.ofMillis(50)))
          .hasMessageContaining("used up");
      budget.giveBack(first.payloadBytes());
      assertThat(budget.leftBytes()).isEqualTo(1 << 20);
    }
  }

  /** It announces much and sends little. */
  @Test
  void memoryIsGivenBackWhenTheRestNeverComes() throws Exception {
    ByteBudget budget = new ByteBudget(1 << 20);
    try (Connection connection = open();
        Socket peer = listening.accept()) {
      byte[] frame = Frame.encode(Kind.APPEND, 1, new byte[500_000]);
      peer.getOutputStream().write(frame, 0, 1_000);
      assertThatThrownBy(() -> connection.receive(budget, Duration.ofMillis(100)))
          .isInstanceOf(IOException.class);
      assertThat(budget.leftBytes()).isEqualTo(1 << 20);
    }
  }
}
