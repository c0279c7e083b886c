// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.Scheme;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket to one node, for the sessions that have joined it. Frames are queued and sent one
 * by one, since the JDK allows one send at a time; queueing and {@link #flush} never block. The JDK
 * delivers received frames one after the other on its own threads, and the next one only when this
 * one has been applied: an answer goes to the session that sent the request, a push to the one that
 * it names.
 */
final class SessionSocket implements Connection, WebSocket.Listener {
  static final int CLOSED_ABNORMALLY = 1006;

  private static final int PROTOCOL_ERROR = 1002;

  private final URI node;
  private final FrameCodec codec;
  private final Consumer<ServerFrame.Welcome> welcomed;
  private final MovePlanner.Traffic traffic;
  private final Runnable onRetired;
  private final Runnable onLeft;
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream(256);
  private final StringBuilder partialText = new StringBuilder();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
  private final Set<Connection.User> links = new HashSet<>();
  private final ConcurrentHashMap<Long, Connection.User> routes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Connection.User> sessions = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Long, Connection.User> watches = new ConcurrentHashMap<>();
  private boolean sending;
  private boolean retired;
  private volatile @Nullable WebSocket socket;

  private SessionSocket(
      URI node,
      FrameCodec codec,
      Consumer<ServerFrame.Welcome> welcomed,
      MovePlanner.Traffic traffic,
      Runnable onRetired,
      Runnable onLeft) {
    this.node = node;
    this.codec = codec;
    this.welcomed = welcomed;
    this.traffic = traffic;
    this.onRetired = onRetired;
    this.onLeft = onLeft;
  }

  /**
   * Completes when the node has agreed to the subprotocol and was greeted.
   *
   * @param onRetired told once when no session may join any more
   * @param onLeft told for each session that was given this connection and needs it no more
   */
  static CompletableFuture<SessionSocket> open(
      HttpClient http,
      URI node,
      FrameCodec codec,
      Duration timeout,
      ClientFrame.Hello hello,
      Consumer<ServerFrame.Welcome> welcomed,
      MovePlanner.Traffic traffic,
      Runnable onRetired,
      Runnable onLeft) {
    SessionSocket opened = new SessionSocket(node, codec, welcomed, traffic, onRetired, onLeft);
    String base = node.getRawPath() == null ? "" : node.getRawPath().replaceAll("/+$", "");
    URI address =
        URI.create(
            Scheme.of(node).webSocketPrefix() + node.getRawAuthority() + base + "/v1/session");
    return http.newWebSocketBuilder()
        .subprotocols(codec.subprotocol())
        .connectTimeout(timeout)
        .buildAsync(address, opened)
        .thenApply(socket -> {
          opened.socket = socket;
          if (!socket.getSubprotocol().equals(codec.subprotocol())) {
            opened.abort();
            throw new RefusedException(
                "SUBPROTOCOL_UNKNOWN",
                node + " does not speak " + codec.subprotocol(),
                "use the JSON encoding, or a node of this version");
          }
          opened.enqueue(codec.encode(hello));
          opened.flush();
          socket.request(1);
          return opened;
        });
  }

  @Override
  public URI node() {
    return node;
  }

  @Override
  public boolean join(Connection.User link) {
    lock.lock();
    try {
      return !retired && links.add(link);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void bind(String session, Connection.User link) {
    sessions.put(session, link);
  }

  @Override
  public void follow(long watch, Connection.User link) {
    watches.put(watch, link);
  }

  @Override
  public void unfollow(long watch) {
    watches.remove(watch);
  }

  @Override
  public void leave(Connection.User link, boolean broken) {
    boolean last;
    lock.lock();
    try {
      links.remove(link);
      last = links.isEmpty();
    } finally {
      lock.unlock();
    }
    onLeft.run();
    routes.values().removeIf(link::equals);
    sessions.values().removeIf(link::equals);
    watches.values().removeIf(link::equals);
    if (last || broken) {
      retire();
    }
    if (last) {
      end(broken);
    }
  }

  @Override
  public void closeIfUnused() {
    boolean unused;
    lock.lock();
    try {
      unused = links.isEmpty();
    } finally {
      lock.unlock();
    }
    onLeft.run();
    if (unused) {
      retire();
      end(false);
    }
  }

  private void end(boolean broken) {
    if (broken) {
      abort();
    } else {
      close();
    }
  }

  private void retire() {
    boolean first;
    lock.lock();
    try {
      first = !retired;
      retired = true;
    } finally {
      lock.unlock();
    }
    if (first) {
      onRetired.run();
    }
  }

  @Override
  public void enqueue(long request, byte[] frame, Connection.User from) {
    routes.put(request, from);
    enqueue(frame);
  }

  @Override
  public void enqueue(byte[] frame) {
    lock.lock();
    try {
      queue.add(frame);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable URI commandSent(long nowNanos) {
    return traffic.sent(nowNanos);
  }

  @Override
  public void flush() {
    // A loop, not recursion: a long queue on a fast network must not grow the stack.
    for (byte @Nullable [] frame = take(); frame != null; frame = take()) {
      CompletableFuture<WebSocket> sent = send(frame);
      if (!sent.isDone() || sent.isCompletedExceptionally()) {
        CompletableFuture<?> unused = sent.whenComplete((ignored, error) -> sent(error));
        return;
      }
      free();
    }
  }

  private byte @Nullable [] take() {
    lock.lock();
    try {
      if (sending || queue.isEmpty()) {
        return null;
      }
      sending = true;
      return together();
    } finally {
      lock.unlock();
    }
  }

  /** All that fits into one message: under load many requests share a system call. */
  private byte[] together() {
    byte[] first = queue.remove();
    if (codec.isText() || queue.isEmpty()) {
      return first;
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream(4 * first.length);
    message.writeBytes(first);
    byte[] next = queue.peek();
    while (next != null && message.size() + next.length <= FrameLimits.MAX_FRAME_BYTES) {
      message.writeBytes(queue.remove());
      next = queue.peek();
    }
    return message.toByteArray();
  }

  private CompletableFuture<WebSocket> send(byte[] frame) {
    return codec.isText()
        ? live().sendText(new String(frame, StandardCharsets.UTF_8), true)
        : live().sendBinary(ByteBuffer.wrap(frame), true);
  }

  private void sent(@Nullable Throwable error) {
    free();
    if (error == null) {
      flush();
    } else {
      failed(node + " cannot be sent to: " + error.getMessage(), CLOSED_ABNORMALLY);
    }
  }

  private void free() {
    lock.lock();
    try {
      sending = false;
    } finally {
      lock.unlock();
    }
  }

  /** Closes politely; what is queued is not waited for. */
  private void close() {
    closed.set(true);
    WebSocket live = socket;
    if (live != null && !live.isOutputClosed()) {
      CompletableFuture<?> unused =
          live.sendClose(WebSocket.NORMAL_CLOSURE, "")
              .whenComplete((ignored, error) -> live.abort());
    }
  }

  private void abort() {
    closed.set(true);
    WebSocket live = socket;
    if (live != null) {
      live.abort();
    }
  }

  @Override
  public void onOpen(WebSocket webSocket) {
    // The first request(1) comes after the greeting.
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    partial.writeBytes(bytes);
    received(webSocket, partial.size(), last);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    // Gathered as chars: a part may end inside a surrogate pair.
    partialText.append(data);
    if (last) {
      partial.writeBytes(partialText.toString().getBytes(StandardCharsets.UTF_8));
    }
    received(webSocket, Math.max(partial.size(), partialText.length()), last);
    return null;
  }

  private void received(WebSocket webSocket, int size, boolean last) {
    if (size > FrameLimits.MAX_FRAME_BYTES) {
      failed(node + " sent a frame above the limit", PROTOCOL_ERROR);
      webSocket.abort();
      return;
    }
    if (last) {
      byte[] frame = partial.toByteArray();
      partial.reset();
      partialText.setLength(0);
      try {
        List<ServerFrame> frames = new ArrayList<>();
        codec.decodeServer(frame, frames::add);
        route(frames);
      } catch (FrameException e) {
        failed(node + " sent a frame that breaks the protocol: " + e.getMessage(), PROTOCOL_ERROR);
        webSocket.abort();
        return;
      }
    }
    webSocket.request(1);
  }

  /** To each session what is for it, neighbours together. */
  private void route(List<ServerFrame> frames) {
    Connection.User link = null;
    List<ServerFrame> together = new ArrayList<>();
    for (ServerFrame frame : frames) {
      if (frame instanceof ServerFrame.Welcome welcome) {
        traffic.welcomed(welcome.node());
        welcomed.accept(welcome);
        continue;
      }
      if (frame instanceof ServerFrame.LeaderAt leader) {
        traffic.leaderAt(leader.node(), leader.api());
        continue;
      }
      Connection.User next = addressee(frame);
      if (next == null) {
        ignored(frame);
        continue;
      }
      if (link != null && !next.equals(link)) {
        link.received(this, together);
        together = new ArrayList<>();
      }
      link = next;
      together.add(frame);
    }
    if (link != null) {
      link.received(this, together);
    }
  }

  private void ignored(ServerFrame frame) {
    long watch = Addressee.watchOf(frame);
    if (watch != 0) {
      // Opened by a late copy of a question that was given up: the node shall forget it too.
      enqueue(codec.encode(new ClientFrame.UnwatchEntries(watch)));
      flush();
    } else if (frame instanceof ServerFrame.Failed failed && failed.request() == 0) {
      Loudly.warn(node + " answered " + failed.code() + ": " + failed.detail());
    }
  }

  private Connection.@Nullable User addressee(ServerFrame frame) {
    long watch = Addressee.watchOf(frame);
    if (watch != 0) {
      return watches.get(watch);
    }
    long request = Addressee.requestOf(frame);
    Connection.User link = request == 0 ? null : routes.remove(request);
    return link != null ? link : sessions.get(Addressee.sessionOf(frame));
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
    failed(node + " closed the connection (" + statusCode + " " + reason + ")", statusCode);
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    failed(node + " is gone: " + error.getMessage(), CLOSED_ABNORMALLY);
  }

  private void failed(String why, int statusCode) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    retire();
    List<Connection.User> all;
    lock.lock();
    try {
      all = List.copyOf(links);
    } finally {
      lock.unlock();
    }
    boolean shared = all.size() > 1;
    all.forEach(link -> link.disconnected(this, why, statusCode, shared));
  }

  private WebSocket live() {
    WebSocket live = socket;
    if (live == null) {
      throw new AssertionError("used before it was open");
    }
    return live;
  }
}
