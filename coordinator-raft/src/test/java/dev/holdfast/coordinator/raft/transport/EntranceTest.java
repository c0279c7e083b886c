// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.support.SecretProof;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody gets past the door, or learns anything there, without the cluster secret. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EntranceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final SecretProof OTHER = new SecretProof(filled(7));

  private final List<Hello> admitted = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new ArrayList<>();
  private final AtomicLong strangers = new AtomicLong();
  private ServerSocket listening;
  private Entrance entrance;

  private static byte[] filled(int value) {
    byte[] key = new byte[SecretProof.KEY_BYTES];
    java.util.Arrays.fill(key, (byte) value);
    return key;
  }

  @BeforeEach
  void listen() throws IOException {
    listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Meter meter =
        new Meter() {
          @Override
          public void count(String name, long amount) {
            if (name.equals("raft.strangers")) {
              strangers.addAndGet(amount);
            }
          }

          @Override
          public void record(String name, double value) {}
        };
    entrance =
        new Entrance(
            NodeLinks.plain(Ends.PROOF, new SecureRandom()),
            Ends.transport("n2_a", meter),
            (_, hello, _) -> admitted.add(hello));
  }

  @AfterEach
  void close() throws IOException {
    entrance.close();
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  /** A caller whose connection was accepted. */
  private Socket caller() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listening.getLocalPort());
    socket.setSoTimeout(20_000);
    sockets.add(socket);
    entrance.enter(listening.accept());
    return socket;
  }

  /** -1 also when it was hung up on. */
  private static int next(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException e) {
      return -1;
    }
  }

  @Test
  void whoKnowsTheSecretIsLetInUnderTheNameThatItGives() throws Exception {
    Ends.handshake(Ends.PROOF).call(caller(), Ends.HELLO);
    Await.until(PATIENCE, "it is let in", () -> admitted.equals(List.of(Ends.HELLO)));
    assertThat(entrance.unprovenCount()).isZero();
  }

  @Test
  void aCallerFindsOutThatTheListenerDoesNotKnowItAndSaysNothingMore() throws Exception {
    Socket socket = caller();
    assertThatThrownBy(() -> Ends.handshake(OTHER).call(socket, Ends.HELLO))
        .isInstanceOf(Handshake.StrangerException.class)
        .hasMessageContaining("same secret file");
    assertThat(admitted).isEmpty();
  }

  @Test
  void aStrangerIsToldNothing() throws Exception {
    Socket socket = caller();
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: n2\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(next(socket)).isEqualTo(-1);
    Await.until(PATIENCE, "it is counted", () -> strangers.get() == 1);
  }

  /** The magic and the nonce are right; the proof is what the listener itself has shown. */
  @Test
  void aProofThatIsReflectedIsNone() throws Exception {
    Socket socket = caller();
    byte[] hello = new byte[4 + SecretProof.NONCE_BYTES];
    System.arraycopy("HFR1".getBytes(StandardCharsets.US_ASCII), 0, hello, 0, 4);
    socket.getOutputStream().write(hello);
    byte[] challenge = socket.getInputStream().readNBytes(4 + 2 * SecretProof.NONCE_BYTES);
    assertThat(new String(challenge, StandardCharsets.ISO_8859_1)).doesNotContain("n2");
    byte[] said = Ends.HELLO.encode();
    socket.getOutputStream().write(challenge, 4 + 32, 32);
    socket.getOutputStream().write(new byte[] {0, (byte) said.length});
    socket.getOutputStream().write(said);

    assertThat(next(socket)).isEqualTo(-1);
    assertThat(admitted).isEmpty();
    assertThat(strangers).hasValue(1);
  }

  /** What one caller has sent is worth nothing in another connection. */
  @Test
  void aProofThatIsReplayedIsNone() throws Exception {
    byte[] said = Ends.HELLO.encode();
    byte[] theirs = new byte[32];
    byte[] old = Ends.PROOF.of("raft caller", theirs, new byte[32], said);
    Socket socket = caller();
    socket.getOutputStream().write("HFR1".getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(theirs);
    socket.getOutputStream().write(old);
    socket.getOutputStream().write(new byte[] {0, (byte) said.length});
    socket.getOutputStream().write(said);
    assertThat(socket.getInputStream().readNBytes(68)).hasSize(68);
    assertThat(next(socket)).isEqualTo(-1);
    assertThat(admitted).isEmpty();
  }

  @Test
  void aSilentCallerIsHungUpOn() throws Exception {
    assertThat(next(caller())).isEqualTo(-1);
    Await.until(PATIENCE, "it is forgotten", () -> entrance.unprovenCount() == 0);
  }

  @Test
  void callersWhoOnlyStayKeepNobodyOut() throws Exception {
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 3 * Entrance.UNPROVEN_PER_ADDRESS_MAX; i++) {
      silent.add(caller());
      assertThat(entrance.unprovenCount()).isLessThanOrEqualTo(Entrance.UNPROVEN_PER_ADDRESS_MAX);
    }
    assertThat(next(silent.getFirst())).isEqualTo(-1);

    Ends.handshake(Ends.PROOF).call(caller(), Ends.HELLO);
    Await.until(PATIENCE, "the node is let in", () -> admitted.size() == 1);
  }

  @Test
  void oneAddressHasAPartOfAllConnectionsAtMost() throws Exception {
    for (int i = 0; i < Entrance.PROVEN_PER_ADDRESS_MAX; i++) {
      Ends.handshake(Ends.PROOF).call(caller(), Ends.HELLO);
    }
    Await.until(
        PATIENCE, "all are let in", () -> admitted.size() == Entrance.PROVEN_PER_ADDRESS_MAX);
    Socket one = caller();
    Ends.handshake(Ends.PROOF).call(one, Ends.HELLO);
    assertThat(next(one)).isEqualTo(-1);
    assertThat(admitted).hasSize(Entrance.PROVEN_PER_ADDRESS_MAX);
  }
}
