// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.node.websocket.WebSocketConnection;
import dev.holdfast.node.websocket.WebSocketListener;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that another node opened. Nothing is decoded before it proved the secret; then each
 * request runs on a virtual thread of its own, and its reply goes back by the request's number.
 */
final class PeerAnswerer implements WebSocketListener {
  private static final Logger LOG = LoggerFactory.getLogger(PeerAnswerer.class);

  /** Told about the life of the connection, on its I/O thread. */
  interface Owner {
    byte[] handle(Principal.Node from, PeerFrame request);

    /** It proved the secret, or ended before. Once. */
    void settled(PeerAnswerer answerer);

    void ended(PeerAnswerer answerer);
  }

  private final WebSocketConnection connection;
  private final PeerIdentity self;
  private final Owner owner;
  private final byte[] nonce;
  private final AtomicInteger inFlight = new AtomicInteger();
  private PeerHello.Step awaited = PeerHello.Step.HELLO;
  private byte[] callerNonce = new byte[0];
  private String callerId = "";
  private boolean settled;
  private volatile boolean proven;
  private volatile boolean paused;

  PeerAnswerer(WebSocketConnection connection, PeerIdentity self, Owner owner) {
    this.connection = connection;
    this.self = self;
    this.owner = owner;
    this.nonce = self.nonce();
  }

  void start() {
    connection.start(this);
  }

  void abort() {
    connection.abort();
  }

  /** The handshake took too long. */
  void expire() {
    if (!proven && connection.isOpen()) {
      LOG.info("{} did not prove the cluster secret in time; closing", connection.remoteAddress());
      connection.close(CloseCode.POLICY, "the handshake took too long");
    }
  }

  @Override
  public void message(boolean text, byte[] payload) {
    if (!proven) {
      shakeHands(payload);
      return;
    }
    PeerFrame frame = PeerFrame.decode(payload);
    if (frame == null || frame.kind() != PeerFrame.Kind.REQUEST) {
      LOG.warn("{} sent something that is no request; closing", callerId);
      connection.close(CloseCode.PROTOCOL_ERROR, "not a request");
      return;
    }
    if (inFlight.incrementAndGet() >= PeerLimits.REQUESTS_IN_FLIGHT_MAX) {
      paused = true;
      connection.pauseReads();
    }
    Thread.ofVirtual().name("peer-" + callerId).start(() -> answer(frame));
  }

  private void answer(PeerFrame request) {
    try {
      reply(owner.handle(caller(), request));
    } finally {
      if (inFlight.decrementAndGet() < PeerLimits.REQUESTS_IN_FLIGHT_MAX / 2 && paused) {
        paused = false;
        connection.resumeReads();
      }
    }
  }

  /** Whoever gets here has proven that it knows the secret. */
  private Principal.Node caller() {
    return new Principal.Node(callerId, Principal.Proof.CLUSTER_SECRET);
  }

  private void reply(byte[] frame) {
    int sizeBytes = frame.length + 14;
    long stall = PeerLimits.REPLY_STALL_MAX.toNanos();
    try {
      while (connection.isOpen()) {
        if (!connection.awaitRoom(sizeBytes, stall)) {
          if (connection.isOpen()) {
            LOG.warn("{} does not take its replies; closing", callerId);
            connection.abort();
          }
          return;
        }
        if (connection.send(false, frame) != null) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      connection.abort();
    }
  }

  private void shakeHands(byte[] payload) {
    PeerHello.Message message = PeerHello.decode(awaited, payload);
    if (message == null) {
      LOG.warn("{} does not speak this peer protocol; closing", connection.remoteAddress());
      connection.close(CloseCode.POLICY, "not this peer protocol");
    } else if (awaited == PeerHello.Step.HELLO) {
      awaited = PeerHello.Step.PROOF;
      callerNonce = message.nonce();
      callerId = message.id();
      connection.send(
          false,
          PeerHello.challenge(
              nonce,
              self.nodeId(),
              PeerHello.mac(self.secret(), true, callerNonce, nonce, callerId, self.nodeId())));
    } else {
      check(message);
    }
  }

  private void check(PeerHello.Message proof) {
    byte[] wanted =
        PeerHello.mac(self.secret(), false, callerNonce, nonce, callerId, self.nodeId());
    if (!PeerHello.isSame(wanted, proof.mac())) {
      self.mismatch().tell(callerId, connection.remoteAddress());
      connection.close(CloseCode.POLICY, "you do not know the cluster secret");
      return;
    }
    proven = true;
    settle();
    connection.messageBytesMax(PeerLimits.FRAME_BYTES_MAX);
    connection.send(false, PeerHello.welcome());
  }

  private void settle() {
    if (!settled) {
      settled = true;
      owner.settled(this);
    }
  }

  @Override
  public void closed(int code, String reason) {
    if (!proven && reason.contains("cluster secret")) {
      self.mismatch().tell(callerId, connection.remoteAddress());
    }
    settle();
    owner.ended(this);
  }
}
