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

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionTest {
  /** More than both kernels keep for a peer that does not read. */
  private static final byte[] LARGE = Frame.encode(Kind.SNAPSHOT, 7, new byte[32 << 20]);

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
    return Connection.open(
        "127.0.0.1:" + listening.getLocalPort(), new Hello("cluster", "n1_a", "n2_a"));
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
              var _ = Frame.read(in, Frame.PAYLOAD_BYTES_MAX);
              return Frame.read(in, Frame.PAYLOAD_BYTES_MAX).payload().length;
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      connection.send(LARGE, Duration.ofSeconds(30));
      assertThat(bytes.get(30, TimeUnit.SECONDS)).isEqualTo(32 << 20);
    }
  }
}
