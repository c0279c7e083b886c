// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.support.SecretProof;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;

/** What is needed at both ends of a connection. */
final class Ends {
  static final SecretProof PROOF = new SecretProof(new byte[SecretProof.KEY_BYTES]);
  static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(1, 2));
  static final Hello HELLO = new Hello(GROUP.toString(), "n1_a", "n2_a");

  private Ends() {}

  static Transport transport(String self) {
    return transport(self, Meter.NONE);
  }

  static Transport transport(String self, Meter meter) {
    return new Transport(
        RaftPeerId.valueOf(self),
        GROUP,
        "127.0.0.1",
        0,
        name -> name,
        Duration.ofSeconds(2),
        meter,
        NodeLinks.plain(PROOF, new SecureRandom()),
        () -> {},
        System::nanoTime);
  }

  static Handshake handshake(SecretProof proof) {
    return new Handshake(proof, new SecureRandom());
  }

  /** The listener's end, after the handshake. */
  static Socket accept(ServerSocket listening) throws IOException {
    Socket peer = listening.accept();
    var _ = handshake(PROOF).answer(peer);
    return peer;
  }

  static Frame read(Socket socket) throws IOException {
    return Frame.read(new DataInputStream(socket.getInputStream()));
  }
}
