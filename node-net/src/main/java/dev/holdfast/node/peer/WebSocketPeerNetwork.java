// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import com.esotericsoftware.kryo.KryoException;
import dev.holdfast.node.http.Listening;
import dev.holdfast.node.port.PortSockets;
import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.websocket.WebSocketConnection;
import dev.holdfast.node.websocket.WebSocketConnector;
import dev.holdfast.node.websocket.WebSocketUpgrade;
import dev.holdfast.spi.system.Deadline;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

/**
 * {@link PeerNetwork} over WebSockets: Undertow listens on the peer port, and each direction
 * between two nodes has one connection, opened by its caller.
 */
public final class WebSocketPeerNetwork implements PeerNetwork, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketPeerNetwork.class);

  private final Settings settings;
  private final LongSupplier nanos;
  private final PortSockets sockets;
  private final PeerIdentity self;
  private final PeerCodec codec;
  private final XnioWorker worker;
  private final WebSocketConnector connector;
  private final Map<Class<?>, PeerHandler<?, ?>> handlers = new ConcurrentHashMap<>();
  private final Map<String, PeerTarget> targets = new ConcurrentHashMap<>();
  private final Set<PeerAnswerer> answerers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger unproven = new AtomicInteger();
  private @Nullable Undertow undertow;

  /**
   * @param nodeId of this node
   * @param port 0 for any free one
   */
  public record Settings(String nodeId, String host, int port, ClusterSecret secret) {}

  /**
   * Ready to call; {@link #start} begins to listen.
   *
   * @param kinds the records that may cross, with their ids; the same on all nodes
   * @param random for nonces and masks
   * @param nanos the monotonic clock
   */
  public WebSocketPeerNetwork(
      Settings settings, PeerKinds kinds, SecureRandom random, LongSupplier nanos)
      throws IOException {
    this(settings, PortSockets.plain(), kinds, random, nanos);
  }

  /**
   * @param sockets to listen on, and to connect with
   * @param kinds the records that may cross, with their ids; the same on all nodes
   * @param random for nonces and masks
   * @param nanos the monotonic clock
   */
  public WebSocketPeerNetwork(
      Settings settings,
      PortSockets sockets,
      PeerKinds kinds,
      SecureRandom random,
      LongSupplier nanos)
      throws IOException {
    this.settings = settings;
    this.nanos = nanos;
    this.sockets = sockets;
    this.self =
        new PeerIdentity(settings.nodeId(), settings.secret(), random, new SecretMismatch(nanos));
    this.codec = new PeerCodec(kinds);
    this.worker =
        Xnio.getInstance(WebSocketPeerNetwork.class.getClassLoader())
            .createWorker(
                OptionMap.builder()
                    .set(Options.WORKER_NAME, "peer-" + settings.nodeId())
                    .set(Options.WORKER_IO_THREADS, 2)
                    .set(Options.WORKER_TASK_CORE_THREADS, 1)
                    .set(Options.WORKER_TASK_MAX_THREADS, 1)
                    .set(Options.THREAD_DAEMON, true)
                    .set(Options.TCP_NODELAY, true)
                    .getMap());
    this.connector = new WebSocketConnector(sockets, worker, random);
    serve(Ping.class, this::pong);
  }

  private Pong pong(Principal.Node from, Ping ping) {
    return new Pong(settings.nodeId(), ping.text());
  }

  /**
   * Listens.
   *
   * @return the address with the port that was really bound
   * @throws BindException the port is in use or the address is not of this machine; says what to do
   */
  public InetSocketAddress start() throws BindException {
    Undertow server =
        sockets
            .listen(
                Undertow.builder().setWorker(worker),
                settings.host(),
                settings.port(),
                this::accept)
            .setServerOption(UndertowOptions.ENABLE_HTTP2, false)
            .setServerOption(UndertowOptions.MAX_HEADER_SIZE, 4 << 10)
            .setServerOption(UndertowOptions.MAX_HEADERS, 16)
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, 0L)
            .setServerOption(
                UndertowOptions.REQUEST_PARSE_TIMEOUT,
                (int) PeerLimits.HANDSHAKE_TIMEOUT.toMillis())
            .setServerOption(
                UndertowOptions.NO_REQUEST_TIMEOUT, (int) PeerLimits.HANDSHAKE_TIMEOUT.toMillis())
            .setSocketOption(Options.TCP_NODELAY, true)
            .build();
    InetSocketAddress bound =
        Listening.start(server, settings.host(), settings.port(), "--peer HOST:PORT");
    undertow = server;
    return bound;
  }

  /** On an I/O thread. Only the upgrade is answered; everything else is told to go away. */
  private void accept(HttpServerExchange exchange) {
    boolean welcome =
        exchange.getRequestURI().equals(PeerLimits.PATH)
            && WebSocketUpgrade.isRequested(exchange)
            && WebSocketUpgrade.fault(exchange).isEmpty()
            && WebSocketUpgrade.isVersion13(exchange)
            && WebSocketUpgrade.offered(exchange).contains(PeerLimits.SUBPROTOCOL);
    if (!welcome) {
      exchange.setStatusCode(404);
      exchange.setPersistent(false);
      exchange.getResponseSender().send("This is the peer port of a Holdfast node.\n");
      return;
    }
    if (unproven.incrementAndGet() > PeerLimits.UNPROVEN_MAX) {
      unproven.decrementAndGet();
      exchange.setStatusCode(503);
      exchange.setPersistent(false);
      exchange.endExchange();
      return;
    }
    WebSocketUpgrade.accept(exchange, PeerLimits.SUBPROTOCOL, this::answer);
  }

  private void answer(StreamConnection connection) {
    PeerAnswerer answerer =
        new PeerAnswerer(
            new WebSocketConnection(connection, false, PeerLimits.SOCKET, masks()),
            self,
            new Answering());
    answerers.add(answerer);
    answerer.start();
    connection
        .getIoThread()
        .executeAfter(
            answerer::expire, PeerLimits.HANDSHAKE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Masks guard proxies against scripts, not secrets, so a fast source does. */
  private RandomGenerator masks() {
    return new SplittableRandom(self.random().nextLong());
  }

  private final class Answering implements PeerAnswerer.Owner {
    @Override
    public byte[] handle(Principal.Node from, PeerFrame request) {
      return WebSocketPeerNetwork.this.handle(from, request);
    }

    @Override
    public void settled(PeerAnswerer answerer) {
      unproven.decrementAndGet();
    }

    @Override
    public void ended(PeerAnswerer answerer) {
      answerers.remove(answerer);
    }
  }

  /** Never throws: what goes wrong becomes a FAILURE. */
  private byte[] handle(Principal.Node from, PeerFrame request) {
    try {
      Object message = codec.decode(request.bytes(), PeerFrame.PAYLOAD_AT);
      Object reply = dispatch(from, message);
      return PeerFrame.seal(
          PeerFrame.Kind.REPLY, request.call(), codec.encode(reply, PeerFrame.PAYLOAD_AT));
    } catch (KryoException e) {
      LOG.warn("A message from {} cannot be read: {}", from.id(), e.getMessage());
      return PeerFrame.failure(request.call(), "The message cannot be read: " + e.getMessage());
    } catch (Exception e) {
      LOG.debug("A request from {} failed", from.id(), e);
      return PeerFrame.failure(request.call(), String.valueOf(e.getMessage()));
    } catch (Throwable t) {
      LOG.error("A request from {} failed badly", from.id(), t);
      return PeerFrame.failure(request.call(), String.valueOf(t));
    }
  }

  /** The handler was registered for this very class, so the cast holds. */
  @SuppressWarnings("unchecked")
  private <Q extends PeerRequest<R>, R> Object dispatch(Principal.Node from, Object message)
      throws Exception {
    PeerHandler<Q, R> handler = (PeerHandler<Q, R>) handlers.get(message.getClass());
    if (handler == null) {
      throw new IllegalArgumentException(
          settings.nodeId() + " does not serve " + message.getClass().getSimpleName());
    }
    Object reply = handler.handle(from, (Q) message);
    if (reply == null) {
      throw new IllegalStateException(
          "The handler of " + message.getClass().getSimpleName() + " gave no reply");
    }
    return reply;
  }

  @Override
  public <Q extends PeerRequest<R>, R> void serve(Class<Q> kind, PeerHandler<Q, R> handler) {
    if (!codec.knows(kind)) {
      throw new IllegalArgumentException(kind + " is not one of the records that may cross");
    }
    if (handlers.putIfAbsent(kind, handler) != null) {
      throw new IllegalArgumentException(kind + " already has a handler");
    }
  }

  @Override
  public void locate(String nodeId, String peerAddress) {
    targets.compute(
        nodeId,
        (_, known) -> {
          if (known != null && known.address().equals(peerAddress)) {
            known.heard();
            return known;
          }
          if (known != null) {
            known.retire();
          }
          return new PeerTarget(nodeId, peerAddress, this::open, nanos);
        });
  }

  @Override
  public void forget(String nodeId) {
    PeerTarget target = targets.remove(nodeId);
    if (target != null) {
      target.retire();
    }
  }

  @Override
  public <R> R call(String nodeId, PeerRequest<R> request, Duration timeout) {
    Deadline deadline = Deadline.after(timeout, nanos);
    PeerTarget target = targets.get(nodeId);
    if (target == null) {
      throw new PeerUnreachableException(
          "Cannot reach " + nodeId + ": this node does not know where it listens", null);
    }
    byte[] frame = codec.encode(request, PeerFrame.PAYLOAD_AT);
    return reply(nodeId, target.caller(deadline).call(frame, deadline));
  }

  @Override
  public <R> CompletableFuture<R> callLater(
      String nodeId, PeerRequest<R> request, Duration timeout) {
    PeerTarget target = targets.get(nodeId);
    PeerCaller caller = target == null ? null : target.connected();
    CompletableFuture<PeerFrame> sent =
        caller == null
            ? null
            : caller.callNow(
                codec.encode(request, PeerFrame.PAYLOAD_AT), Deadline.after(timeout, nanos));
    // A thread waits for the connection, or for room on it.
    return sent == null
        ? PeerNetwork.super.callLater(nodeId, request, timeout)
        : sent.thenApply(frame -> reply(nodeId, frame));
  }

  @Override
  public <R> R callAddress(String peerAddress, PeerRequest<R> request, Duration timeout) {
    Deadline deadline = Deadline.after(timeout, nanos);
    byte[] frame = codec.encode(request, PeerFrame.PAYLOAD_AT);
    PeerCaller caller = open(peerAddress, null);
    try {
      return reply(peerAddress, caller.call(frame, deadline));
    } finally {
      caller.close();
    }
  }

  private PeerCaller open(String address, @Nullable String nodeId) {
    StreamConnection connection;
    try {
      connection =
          connector.connect(
              address, PeerLimits.PATH, PeerLimits.SUBPROTOCOL, PeerLimits.CONNECT_TIMEOUT);
    } catch (IOException | IllegalArgumentException e) {
      String name = nodeId == null ? address : nodeId + " at " + address;
      throw new PeerUnreachableException("Cannot reach " + name + ": " + e.getMessage(), e);
    }
    PeerCaller caller =
        new PeerCaller(
            new WebSocketConnection(connection, true, PeerLimits.SOCKET, masks()),
            self,
            address,
            nodeId);
    caller.open(PeerLimits.HANDSHAKE_TIMEOUT.toNanos());
    return caller;
  }

  /** The request's own type says what its reply is; the other node's codec cannot lie about it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private <R> R reply(String from, PeerFrame frame) {
    if (frame.kind() == PeerFrame.Kind.FAILURE) {
      throw new PeerException(from + ": " + frame.failureText(), null);
    }
    try {
      return (R) codec.decode(frame.bytes(), PeerFrame.PAYLOAD_AT);
    } catch (KryoException e) {
      throw new PeerException("The reply of " + from + " cannot be read", e);
    }
  }

  @Override
  public boolean isConnected(String nodeId) {
    PeerTarget target = targets.get(nodeId);
    return target != null && target.isConnected();
  }

  /** Closes the port and all connections; calls in flight fail. */
  @Override
  public void close() {
    targets.values().forEach(PeerTarget::retire);
    targets.clear();
    if (undertow != null) {
      undertow.stop();
      undertow = null;
    }
    answerers.forEach(PeerAnswerer::abort);
    worker.shutdown();
  }
}
