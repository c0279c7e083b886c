// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session socket in CBOR that sends what it is told and nothing else: no renewals, no retries.
 */
final class RawSocket implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final BlockingQueue<ServerFrame> received = new LinkedBlockingQueue<>();
  private long lastRequest;

  /** Its frames are read with {@link #next}. */
  RawSocket(URI node) {
    this.socket = open(node, received::add);
    hello();
  }

  /** Its frames are handed over as they come, on a thread of the socket. */
  RawSocket(URI node, Consumer<ServerFrame> listener) {
    this.socket = open(node, listener);
    hello();
  }

  private WebSocket open(URI node, Consumer<ServerFrame> listener) {
    return http.newWebSocketBuilder()
        .subprotocols(FrameCodec.CBOR.subprotocol())
        .buildAsync(
            URI.create("ws://" + node.getAuthority() + "/v1/session"), new Assembling(listener))
        .join();
  }

  private void hello() {
    send(new ClientFrame.Hello("it/1", 0));
  }

  synchronized void send(ClientFrame frame) {
    socket.sendBinary(ByteBuffer.wrap(FrameCodec.CBOR.encode(frame)), true).join();
  }

  synchronized long request() {
    return ++lastRequest;
  }

  /** The next frame of a kind; others are dropped. */
  <T extends ServerFrame> T next(Class<T> kind) throws InterruptedException {
    long end = System.nanoTime() + ANSWER.toNanos();
    while (true) {
      ServerFrame frame = received.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (frame == null) {
        throw new AssertionError("No " + kind.getSimpleName() + " within " + ANSWER);
      }
      if (kind.isInstance(frame)) {
        return kind.cast(frame);
      }
      if (frame instanceof ServerFrame.Failed failed) {
        throw new AssertionError("Not " + kind.getSimpleName() + " but " + failed);
      }
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }

  private static final class Assembling implements WebSocket.Listener {
    private final Consumer<ServerFrame> listener;
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

    Assembling(Consumer<ServerFrame> listener) {
      this.listener = listener;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(
        WebSocket webSocket, ByteBuffer data, boolean last) {
      byte[] part = new byte[data.remaining()];
      data.get(part);
      parts.writeBytes(part);
      if (last) {
        FrameCodec.CBOR.decodeServer(parts.toByteArray(), listener);
        parts.reset();
      }
      webSocket.request(1);
      return null;
    }
  }
}
