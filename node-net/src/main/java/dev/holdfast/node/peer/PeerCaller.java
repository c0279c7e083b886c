// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.node.websocket.OutFrame;
import dev.holdfast.node.websocket.WebSocketConnection;
import dev.holdfast.node.websocket.WebSocketListener;
import dev.holdfast.spi.system.Deadline;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that this node opened: proves the secret, sends requests, and matches replies by
 * their number. Requests of the other node come over the connection that it opens itself.
 */
final class PeerCaller implements WebSocketListener {
  private static final Logger LOG = LoggerFactory.getLogger(PeerCaller.class);

  private final WebSocketConnection connection;
  private final PeerIdentity self;
  private final String address;
  private final @Nullable String expectedId;
  private final byte[] nonce;
  private final CompletableFuture<String> proven = new CompletableFuture<>();
  private final AtomicLong calls = new AtomicLong();
  private final Semaphore inFlight = new Semaphore(PeerLimits.CALLS_IN_FLIGHT_MAX);
  private final Map<Long, CompletableFuture<PeerFrame>> pending = new ConcurrentHashMap<>();
  private volatile boolean closed;
  private volatile String closeReason = "";
  private PeerHello.Step awaited = PeerHello.Step.CHALLENGE;
  private String otherId = "";

  /**
   * @param expectedId null when the caller does not know yet who listens there
   */
  PeerCaller(
      WebSocketConnection connection,
      PeerIdentity self,
      String address,
      @Nullable String expectedId) {
    this.connection = connection;
    this.self = self;
    this.address = address;
    this.expectedId = expectedId;
    this.nonce = self.nonce();
  }

  /**
   * Begins, and waits until both sides have proved the secret.
   *
   * @throws PeerUnreachableException they did not
   */
  void open(long nanos) {
    connection.start(this);
    connection.send(false, PeerHello.hello(nonce, self.nodeId()));
    try {
      proven.get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw unreachable(reason(e));
    } catch (TimeoutException e) {
      connection.abort();
      throw unreachable("no end of the handshake in time");
    } catch (InterruptedException e) {
      connection.abort();
      Thread.currentThread().interrupt();
      throw unreachable("interrupted during the handshake");
    }
  }

  private static String reason(ExecutionException e) {
    Throwable cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }

  boolean isOpen() {
    return !closed && connection.isOpen();
  }

  void close() {
    connection.close(CloseCode.NORMAL, "no longer needed");
  }

  /**
   * @param frame with room for the envelope; the connection's from here on
   * @return REPLY or FAILURE
   */
  PeerFrame call(byte[] frame, Deadline deadline) {
    acquire(deadline);
    long call = calls.incrementAndGet();
    CompletableFuture<PeerFrame> reply = new CompletableFuture<>();
    pending.put(call, reply);
    try {
      OutFrame sent = send(PeerFrame.seal(PeerFrame.Kind.REQUEST, call, frame), deadline);
      return await(reply, sent, deadline);
    } finally {
      pending.remove(call);
      inFlight.release();
    }
  }

  /**
   * {@link #call} that waits for nothing; null when it would have to wait before it sends.
   *
   * @param frame with room for the envelope; of no use afterwards, whatever comes of it
   */
  @Nullable CompletableFuture<PeerFrame> callNow(byte[] frame, Deadline deadline) {
    if (!inFlight.tryAcquire()) {
      return null;
    }
    long call = calls.incrementAndGet();
    CompletableFuture<PeerFrame> reply = new CompletableFuture<>();
    pending.put(call, reply);
    OutFrame sent = connection.send(false, PeerFrame.seal(PeerFrame.Kind.REQUEST, call, frame));
    if (sent == null) {
      pending.remove(call);
      inFlight.release();
      return null;
    }
    if (closed) {
      // The end may have been told before this call was listed.
      reply.completeExceptionally(new ConnectionLost());
    }
    return reply
        .orTimeout(deadline.leftNanos(), TimeUnit.NANOSECONDS)
        .handle((answer, error) -> {
          pending.remove(call);
          inFlight.release();
          return switch (error) {
            case null -> answer;
            case TimeoutException late ->
                throw new PeerTimeoutException(name() + " did not reply in time", late);
            default -> throw lost(sent, error);
          };
        });
  }

  private void acquire(Deadline deadline) {
    try {
      if (!inFlight.tryAcquire(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
        throw unreachable(PeerLimits.CALLS_IN_FLIGHT_MAX + " calls are waiting for it, the limit");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable("interrupted before sending");
    }
  }

  private OutFrame send(byte[] frame, Deadline deadline) {
    try {
      int sizeBytes = frame.length + 14;
      while (!closed) {
        // Room first: a refused send would have masked the frame already.
        if (!connection.awaitRoom(sizeBytes, deadline.leftNanos())) {
          break;
        }
        OutFrame sent = connection.send(false, frame);
        if (sent != null) {
          return sent;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable("interrupted before sending");
    }
    throw unreachable(closed ? lost() : "its connection is full");
  }

  private PeerFrame await(CompletableFuture<PeerFrame> reply, OutFrame sent, Deadline deadline) {
    if (closed) {
      // The end may have been told before this call was listed.
      reply.completeExceptionally(new ConnectionLost());
    }
    try {
      return reply.get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new PeerTimeoutException(name() + " did not reply in time", e);
    } catch (ExecutionException e) {
      throw lost(sent, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PeerTimeoutException("Interrupted while waiting for " + name(), e);
    }
  }

  private PeerException lost(OutFrame sent, Throwable error) {
    return sent.handedOver()
        ? new PeerTimeoutException(
            "The connection to " + name() + " broke before the reply: " + closeReason, error)
        : unreachable(lost());
  }

  private String lost() {
    return "the connection is closed" + (closeReason.isEmpty() ? "" : ": " + closeReason);
  }

  private String name() {
    return expectedId == null ? address : expectedId + " at " + address;
  }

  private PeerUnreachableException unreachable(String why) {
    return new PeerUnreachableException("Cannot reach " + name() + ": " + why, null);
  }

  /** On the I/O thread. */
  @Override
  public void message(boolean text, byte[] payload) {
    if (!proven.isDone()) {
      shakeHands(payload);
      return;
    }
    PeerFrame frame = PeerFrame.decode(payload);
    if (frame == null || frame.kind() == PeerFrame.Kind.REQUEST) {
      LOG.warn("{} sent something that is no reply; closing", name());
      connection.close(CloseCode.PROTOCOL_ERROR, "not a reply");
      return;
    }
    CompletableFuture<PeerFrame> reply = pending.remove(frame.call());
    if (reply != null) {
      reply.complete(frame);
    }
  }

  private void shakeHands(byte[] payload) {
    PeerHello.Message message = PeerHello.decode(awaited, payload);
    if (message == null) {
      fail("it does not speak this peer protocol");
    } else if (awaited == PeerHello.Step.CHALLENGE) {
      answer(message);
    } else {
      connection.messageBytesMax(PeerLimits.FRAME_BYTES_MAX);
      proven.complete(otherId);
    }
  }

  private void answer(PeerHello.Message challenge) {
    otherId = challenge.id();
    byte[] wanted =
        PeerHello.mac(self.secret(), true, nonce, challenge.nonce(), self.nodeId(), otherId);
    if (!PeerHello.isSame(wanted, challenge.mac())) {
      self.mismatch().tell(otherId, address);
      fail("it does not know the cluster secret");
    } else if (expectedId != null && !expectedId.equals(otherId)) {
      fail("another node, " + otherId + ", listens there");
    } else {
      awaited = PeerHello.Step.WELCOME;
      connection.send(
          false,
          PeerHello.proof(
              PeerHello.mac(
                  self.secret(), false, nonce, challenge.nonce(), self.nodeId(), otherId)));
    }
  }

  private void fail(String why) {
    proven.completeExceptionally(new ConnectionLost(why));
    connection.close(CloseCode.POLICY, why);
  }

  @Override
  public void closed(int code, String reason) {
    closeReason = reason;
    closed = true;
    proven.completeExceptionally(
        new ConnectionLost(
            code == CloseCode.POLICY && reason.contains("cluster secret")
                ? "this node does not know the cluster secret of the other side"
                : "the other side closed the handshake: " + reason));
    pending.values().forEach(reply -> reply.completeExceptionally(new ConnectionLost()));
  }

  private static final class ConnectionLost extends Exception {
    private static final long serialVersionUID = 1;

    ConnectionLost() {
      this("the connection broke");
    }

    ConnectionLost(String message) {
      super(message, null, false, false);
    }
  }
}
