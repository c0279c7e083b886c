// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.node.websocket.WebSocketConnection;
import dev.holdfast.node.websocket.WebSocketLimits;
import dev.holdfast.node.websocket.WebSocketListener;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's WebSocket. The I/O thread puts messages into a short inbox; a virtual thread, alive
 * only while the inbox has something, takes them to the session in order. A full inbox pauses
 * reading.
 */
final class ClientSocket implements WebSocketChannelHandle, WebSocketListener {
  static final int MESSAGE_BYTES_MAX = 64 << 10;

  /** Sent messages that a client has not taken yet. */
  static final int QUEUED_FRAMES_MAX = 1_024;

  static final int QUEUED_BYTES_MAX = 4 << 20;

  /** Received messages that the session has not taken yet; then reading pauses. */
  static final int INBOX_MAX = 64;

  static final WebSocketLimits LIMITS =
      new WebSocketLimits(
          MESSAGE_BYTES_MAX, 4 << 10, QUEUED_FRAMES_MAX, QUEUED_BYTES_MAX, Duration.ofSeconds(20));

  private static final Logger LOG = LoggerFactory.getLogger(ClientSocket.class);

  private final WebSocketConnection connection;
  private final WebSocketEndpoint endpoint;
  private final String subprotocol;
  private final Principal principal;
  private final SocketMemory.Account memory;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Event> inbox = new ArrayDeque<>();
  private boolean running;
  private boolean paused;
  private @Nullable WebSocketSession session;

  /** Of the delivering thread: what came after the message that broke the session counts not. */
  private boolean failed;

  ClientSocket(
      WebSocketConnection connection,
      WebSocketEndpoint endpoint,
      String subprotocol,
      Principal principal,
      SocketMemory.Account memory) {
    this.connection = connection;
    this.endpoint = endpoint;
    this.subprotocol = subprotocol;
    this.principal = principal;
    this.memory = memory;
    memory.onCutOff(this::cutOff);
  }

  private void cutOff() {
    LOG.warn(
        "{} does not read, and the messages of all clients fill the memory: closing its WebSocket",
        remoteAddress());
    connection.cutOff(CloseCode.TRY_LATER, "messages pile up unread");
  }

  private sealed interface Event {
    record Opened() implements Event {}

    /** Never compared, so the array is harmless. */
    @SuppressWarnings("ArrayRecordComponent")
    record Message(boolean text, byte[] payload) implements Event {}

    record Closed(int code, String reason) implements Event {}
  }

  void start() {
    put(new Event.Opened());
    connection.start(this);
  }

  @Override
  public void message(boolean text, byte[] payload) {
    put(new Event.Message(text, payload));
  }

  @Override
  public void closed(int code, String reason) {
    put(new Event.Closed(code, reason));
  }

  private void put(Event event) {
    lock.lock();
    try {
      inbox.add(event);
      if (inbox.size() >= INBOX_MAX && !paused) {
        paused = true;
        connection.pauseReads();
      }
      if (running) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name("socket-" + connection.remoteAddress()).start(this::deliverAll);
  }

  private void deliverAll() {
    for (Event event = next(); event != null; event = next()) {
      try {
        deliver(event);
      } catch (RuntimeException | Error e) {
        LOG.error("The session of the WebSocket from {} failed", remoteAddress(), e);
        failed = true;
        connection.close(CloseCode.INTERNAL, "the session failed");
      }
    }
  }

  private @Nullable Event next() {
    lock.lock();
    try {
      Event event = inbox.poll();
      if (event == null) {
        running = false;
      } else if (paused && inbox.size() < INBOX_MAX / 2) {
        paused = false;
        connection.resumeReads();
      }
      return event;
    } finally {
      lock.unlock();
    }
  }

  private void deliver(Event event) {
    switch (event) {
      case Event.Opened() -> session = endpoint.opened(this);
      case Event.Message(boolean text, byte[] payload) -> {
        if (session == null || failed) {
          return;
        }
        if (!text) {
          session.onBinary(payload);
          return;
        }
        try {
          session.onText(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString());
        } catch (CharacterCodingException e) {
          failed = true;
          connection.close(CloseCode.NOT_UTF8, "a text message is not UTF-8");
        }
      }
      case Event.Closed(int code, String reason) -> {
        memory.close();
        if (session != null) {
          session.onClose(code, reason);
        }
      }
    }
  }

  @Override
  public String subprotocol() {
    return subprotocol;
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public String remoteAddress() {
    return connection.remoteAddress();
  }

  @Override
  public boolean isOpen() {
    return connection.isOpen();
  }

  @Override
  public boolean sendText(String text) {
    return send(true, text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean sendBinary(byte[] bytes) {
    return send(false, bytes);
  }

  @Override
  public SocketMemory.Account memory() {
    return memory;
  }

  private boolean send(boolean text, byte[] payload) {
    if (!memory.isOverfull() && connection.send(text, payload) != null) {
      return true;
    }
    if (connection.isOpen()) {
      LOG.warn("{} does not read: closing its WebSocket", remoteAddress());
      connection.cutOff(CloseCode.TRY_LATER, "messages pile up unread");
    }
    return false;
  }

  @Override
  public boolean awaitRoom(int sizeBytes, Duration timeout) {
    try {
      return connection.awaitRoom(sizeBytes + QUEUED_BYTES_MAX / 2, timeout.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close(int code, String reason) {
    connection.close(code, reason);
  }
}
