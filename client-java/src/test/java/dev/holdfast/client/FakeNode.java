// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.core.protocol.version13.Hybi13Handshake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A node of a {@link FakeCluster}: real HTTP and WebSocket on a free port of the loopback. */
final class FakeNode implements AutoCloseable {
  final List<WebSocketChannel> channels = new CopyOnWriteArrayList<>();
  volatile HttpHandler rest = exchange -> exchange.setStatusCode(404);

  private final List<FakeCluster.Line> lines = new CopyOnWriteArrayList<>();
  private final String id;
  private final FakeCluster cluster;
  private final Undertow server;

  FakeNode(String id, FakeCluster cluster) {
    this(id, cluster, Set.of("holdfast.v1.json", "holdfast.v1.cbor"));
  }

  FakeNode(String id, FakeCluster cluster, Set<String> subprotocols) {
    this.id = id;
    this.cluster = cluster;
    WebSocketProtocolHandshakeHandler sessions =
        new WebSocketProtocolHandshakeHandler(
            List.of(new Hybi13Handshake(subprotocols, false)),
            (WebSocketConnectionCallback) (exchange, channel) -> connected(channel));
    BlockingHandler blocking = new BlockingHandler(exchange -> rest.handleRequest(exchange));
    server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(1)
            .setWorkerThreads(4)
            .setServerOption(io.undertow.UndertowOptions.MAX_ENTITY_SIZE, 64L << 20)
            .setHandler(Handlers.path(blocking).addExactPath("/v1/session", sessions))
            .build();
    server.start();
    cluster.join(this);
  }

  String id() {
    return id;
  }

  String api() {
    InetSocketAddress address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    return "http://127.0.0.1:" + address.getPort();
  }

  /** Cuts all connections, as a dying process does. */
  void cut() {
    // On the I/O thread, which close() waits for: a server that stops forgets what is queued there.
    for (WebSocketChannel channel : channels) {
      channel.getIoThread().execute(() -> closeNow(channel));
    }
    channels.clear();
  }

  private static void closeNow(WebSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Over all its connections. */
  void send(ServerFrame frame) {
    lines.forEach(line -> line.send(frame));
  }

  void closeWith(int code, String reason) {
    channels.forEach(channel -> WebSockets.sendClose(code, reason, channel, null));
  }

  @Override
  public void close() {
    List<WebSocketChannel> open = List.copyOf(channels);
    cut();
    CountDownLatch closed = new CountDownLatch(open.size());
    open.forEach(channel -> channel.getIoThread().execute(closed::countDown));
    Await.until("the connections are closed", () -> closed.getCount() == 0);
    server.stop();
  }

  private void connected(WebSocketChannel channel) {
    channels.add(channel);
    FrameCodec codec =
        FrameCodec.forSubprotocol(channel.getSubProtocol()).orElseThrow(AssertionError::new);
    FakeCluster.Line line =
        frame -> {
          byte[] bytes = codec.encode(frame);
          if (codec.isText()) {
            WebSockets.sendText(new String(bytes, StandardCharsets.UTF_8), channel, null);
          } else {
            WebSockets.sendBinary(ByteBuffer.wrap(bytes), channel, null);
          }
        };
    lines.add(line);
    channel
        .getReceiveSetter()
        .set(
            new AbstractReceiveListener() {
              @Override
              protected void onFullTextMessage(WebSocketChannel from, BufferedTextMessage text) {
                receive(text.getData().getBytes(StandardCharsets.UTF_8));
              }

              @Override
              protected void onFullBinaryMessage(
                  WebSocketChannel from, BufferedBinaryMessage message) {
                try (var pooled = message.getData()) {
                  ByteBuffer all = WebSockets.mergeBuffers(pooled.getResource());
                  byte[] bytes = new byte[all.remaining()];
                  all.get(bytes);
                  receive(bytes);
                }
              }

              private void receive(byte[] bytes) {
                codec.decodeClient(bytes, frame -> cluster.handle(FakeNode.this, line, frame));
              }
            });
    channel.resumeReceives();
  }
}
