// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.http.WebSocketChannelHandle;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Frames to one client, in the encoding that it chose. Thread-safe, never blocks its callers. */
final class FrameChannel {
  /** Answers that wait for the flusher; a client that does not read is closed above it. */
  private static final long WAITING_BYTES_MAX = 4 << 20;

  /** How long the flusher waits for a client that does not read. */
  private static final Duration ROOM_WAIT = Duration.ofSeconds(10);

  /** An answer that comes so long after the one before it is probably alone. */
  private static final long ALONE_NANOS = 200_000;

  private final WebSocketChannelHandle channel;
  final FrameCodec codec;
  private final SocketMemory.Account memory;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private boolean flushing;
  private final LongSupplier nanos;
  private long soonNanos;

  FrameChannel(WebSocketChannelHandle channel, FrameCodec codec, LongSupplier nanos) {
    this.channel = channel;
    this.codec = codec;
    this.nanos = nanos;
    this.soonNanos = nanos.getAsLong() - ALONE_NANOS;
    this.memory = channel.memory();
  }

  /** Where what this connection keeps in memory is counted. */
  SocketMemory.Account memory() {
    return memory;
  }

  /** Does nothing once the connection is closed: the client will ask again elsewhere. */
  void send(ServerFrame frame) {
    transmit(codec.encode(frame));
  }

  private void transmit(byte[] bytes) {
    if (codec.isText()) {
      channel.sendText(new String(bytes, StandardCharsets.UTF_8));
    } else {
      channel.sendBinary(bytes);
    }
  }

  /**
   * As {@link #send}, in a moment, together with what else is to be sent then: answers to many
   * requests share a message and a system call. The first after a pause is not kept waiting. Among
   * themselves these frames keep their order.
   */
  void sendSoon(ServerFrame frame) {
    byte[] bytes = codec.encode(frame);
    boolean tooMuch;
    lock.lock();
    try {
      long now = nanos.getAsLong();
      boolean alone = !flushing && now - soonNanos > ALONE_NANOS;
      soonNanos = now;
      if (alone && channel.awaitRoom(bytes.length, Duration.ZERO)) {
        transmit(bytes); // Under the lock, so that none comes before it.
        return;
      }
      waiting.add(bytes);
      waitingBytes += bytes.length;
      memory.unread(bytes.length);
      tooMuch = waitingBytes > WAITING_BYTES_MAX || memory.isOverfull();
      if (flushing && !tooMuch) {
        return;
      }
      if (tooMuch) {
        waiting.clear();
        memory.unread(-waitingBytes);
        waitingBytes = 0;
      } else {
        flushing = true;
      }
    } finally {
      lock.unlock();
    }
    if (tooMuch) {
      channel.close(CloseCode.TRY_LATER, "messages pile up unread");
    } else {
      Thread.ofVirtual().name("answers").start(this::flush);
    }
  }

  private void flush() {
    for (byte[] message = next(); message != null; message = next()) {
      // Not read in time: the send below closes the connection, as for every slow client.
      var _ = channel.awaitRoom(message.length, ROOM_WAIT);
      transmit(message);
    }
  }

  /** As many frames as fit into one message; a text message is one frame. */
  private byte @Nullable [] next() {
    lock.lock();
    try {
      byte[] first = waiting.poll();
      if (first == null) {
        flushing = false;
        return null;
      }
      int size = first.length;
      int count = 0;
      if (!codec.isText()) {
        for (byte[] frame : waiting) {
          if (size + frame.length > FrameLimits.MAX_FRAME_BYTES) {
            break;
          }
          size += frame.length;
          count++;
        }
      }
      waitingBytes -= size;
      memory.unread(-size);
      if (count == 0) {
        return first;
      }
      byte[] message = new byte[size];
      System.arraycopy(first, 0, message, 0, first.length);
      int at = first.length;
      for (int i = 0; i < count; i++) {
        byte[] frame = waiting.remove();
        System.arraycopy(frame, 0, message, at, frame.length);
        at += frame.length;
      }
      return message;
    } finally {
      lock.unlock();
    }
  }

  /** Waits, for a sender that has a thread, until the client has read most of what was sent. */
  boolean awaitQuiet(int bytes) {
    return channel.awaitRoom(bytes, ROOM_WAIT);
  }

  /** Tells that a request was refused. */
  void fail(long request, ProblemException e, boolean retry) {
    send(failed(request, e, retry));
  }

  void failSoon(long request, ProblemException e, boolean retry) {
    sendSoon(failed(request, e, retry));
  }

  private static ServerFrame failed(long request, ProblemException e, boolean retry) {
    return new ServerFrame.Failed(request, e.status(), e.code(), e.detail(), e.next(), retry);
  }

  void close(int code, String reason) {
    channel.close(code, reason);
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  String client() {
    return channel.remoteAddress();
  }
}
