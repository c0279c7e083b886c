// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.http.PathRouter.Match;
import dev.holdfast.node.port.PortSockets;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP in. Undertow accepts and parses; each request then runs on a virtual thread of its own, in
 * blocking code and constant memory. Routes and WebSockets are added before {@link #start}.
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  /** Requests beyond the limit that are told so politely; even more are cut off. */
  private static final int REFUSALS_MAX = 1_000;

  /** Any other is 501 wherever it is sent, TRACE and CONNECT too. */
  private static final List<String> METHODS =
      List.of("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT");

  private static final Match.Found OPTIONS =
      new Match.Found(
          Operation.system(
              "options", "OPTIONS", "/", Operation.Scope.NONE, "The methods of any path."),
          exchange -> exchange.respond(204),
          Map.of());

  /** What watches over a node wants to see it stop. */
  private static final String ALWAYS_ANSWERED = "/health/";

  private final Settings settings;
  private final PortSockets sockets;
  private final Authentication authentication;
  private final RequestMetrics metrics;
  private final RandomGenerator random;
  private final LongSupplier nanos;
  private final PathRouter router = new PathRouter();
  private final Map<String, SocketRoute> doors = new HashMap<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger refusing = new AtomicInteger();
  private volatile boolean draining;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory());
  private @Nullable ApiListener listener;

  /**
   * @param port 0 for any free one
   * @param hosts that a Host header may name
   */
  public record Settings(String host, int port, HostNames hosts, HttpLimits limits) {}

  /**
   * @param random for error ids
   * @param nanos the monotonic clock
   */
  public HttpServer(
      Settings settings, RequestMetrics metrics, RandomGenerator random, LongSupplier nanos) {
    this(settings, PortSockets.plain(), Authentication.NONE, metrics, random, nanos);
  }

  /**
   * @param sockets to listen on
   * @param authentication asked for each request
   * @param random for error ids
   * @param nanos the monotonic clock
   */
  public HttpServer(
      Settings settings,
      PortSockets sockets,
      Authentication authentication,
      RequestMetrics metrics,
      RandomGenerator random,
      LongSupplier nanos) {
    this.settings = settings;
    this.sockets = sockets;
    this.authentication = authentication;
    this.metrics = metrics;
    this.random = random;
    this.nanos = nanos;
  }

  public Router router() {
    return router;
  }

  /**
   * @param operation whose path is literal, without variables
   */
  public void webSocket(
      Operation operation, List<String> subprotocols, WebSocketEndpoint endpoint) {
    webSocket(
        new SocketDoor(operation, subprotocols, SocketMemory.standard(), endpoint), Admission.ALL);
  }

  /**
   * @param admission asked for each client
   */
  public void webSocket(SocketDoor door, Admission admission) {
    doors.put(
        door.operation().path(),
        new SocketRoute(door.subprotocols(), admission, door.endpoint(), door.memory(), random));
  }

  /**
   * Binds and begins to accept.
   *
   * @return the address with the port that was really bound
   * @throws BindException the port is in use or the address is not of this machine; says what to do
   */
  public InetSocketAddress start() throws BindException {
    ApiListener started = ApiListener.start(settings, sockets, metrics, this::accept);
    listener = started;
    return started.address();
  }

  /** Those that are open now. */
  public int connections() {
    return listener == null ? 0 : listener.connections();
  }

  /** From now on requests are refused with 503 {@code NOT_READY}; those under way go on. */
  public void refuseNew() {
    draining = true;
  }

  /** Requests under way. */
  public int running() {
    return running.get();
  }

  /** Stops accepting and closes all connections. */
  @Override
  public void close() {
    if (listener != null) {
      listener.close();
      listener = null;
    }
    threads.shutdownNow();
  }

  /**
   * On an I/O thread: counts, and moves the request to a virtual thread. As a plain task: within a
   * handler of its own Undertow would put off every wish to be woken until that handler returns.
   */
  private void accept(HttpServerExchange exchange) {
    if (running.incrementAndGet() <= settings.limits().requests()) {
      exchange.dispatch(threads, (Runnable) () -> answerCounted(exchange));
      return;
    }
    running.decrementAndGet();
    if (refusing.incrementAndGet() > REFUSALS_MAX) {
      refusing.decrementAndGet();
      org.xnio.IoUtils.safeClose(exchange.getConnection());
      exchange.endExchange();
      return;
    }
    exchange.dispatch(threads, (Runnable) () -> refuse(exchange));
  }

  private void refuse(HttpServerExchange undertowExchange) {
    UndertowExchange exchange = new UndertowExchange(undertowExchange, settings.limits(), nanos);
    try {
      exchange.responseHeader("Retry-After", "1");
      answerProblem(exchange, Problems.overloaded(settings.limits().requests()));
    } catch (RuntimeException e) {
      LOG.debug("A refused client was gone", e);
      exchange.abort();
    } finally {
      exchange.finish();
      refusing.decrementAndGet();
      metrics.answered(exchange.method(), "none", 503, 0);
    }
  }

  /** Until its handler ended, not until its client went: the limit is on what this node does. */
  private void answerCounted(HttpServerExchange exchange) {
    try {
      answer(exchange);
    } finally {
      running.decrementAndGet();
    }
  }

  private void answer(HttpServerExchange undertowExchange) {
    long begun = nanos.getAsLong();
    UndertowExchange exchange = new UndertowExchange(undertowExchange, settings.limits(), nanos);
    String template = "none";
    try {
      StrictRequest.check(undertowExchange);
      checkHost(exchange);
      checkOrigin(exchange);
      if (draining && !exchange.rawPath().startsWith(ALWAYS_ANSWERED)) {
        undertowExchange.setPersistent(false);
        throw Problems.stopping();
      }
      exchange.principal(authentication.identify(exchange));
      SocketRoute socket = doors.get(exchange.rawPath());
      if (socket != null) {
        template = exchange.rawPath();
        socket.open(undertowExchange, exchange);
        metrics.answered("GET", template, 101, nanos.getAsLong() - begun);
        return;
      }
      Match.Found found = route(exchange);
      template = found.operation().path();
      exchange.values(found.values());
      checkQuery(exchange, found.operation());
      found.handler().handle(exchange);
      if (!exchange.isBegun()) {
        throw new IllegalStateException("The handler of " + template + " gave no answer");
      }
    } catch (ProblemException problem) {
      if (problem.status() == 503 || problem.status() == 429) {
        exchange.responseHeader("Retry-After", "1");
      }
      fail(exchange, problem);
    } catch (Throwable t) {
      failUnexpectedly(exchange, t);
    }
    exchange.finish();
    metrics.answered(exchange.method(), template, exchange.status(), nanos.getAsLong() - begun);
  }

  private Match.Found route(UndertowExchange exchange) {
    String method = exchange.method();
    String path = exchange.rawPath();
    if (!METHODS.contains(method)) {
      throw Problems.notImplemented(method, String.join(", ", METHODS));
    }
    return switch (router.match(method, path)) {
      case Match.Found found -> found;
      case Match.OtherMethods(var allowed) -> {
        exchange.responseHeader("Allow", String.join(", ", allowed));
        if (method.equals("OPTIONS")) {
          yield OPTIONS;
        }
        throw Problems.methodNotAllowed(method, path, String.join(", ", allowed));
      }
      case Match.None() -> {
        if (method.equals("OPTIONS") && path.equals("*")) {
          exchange.responseHeader("Allow", String.join(", ", METHODS));
          yield OPTIONS;
        }
        throw Problems.noRoute(method, path);
      }
    };
  }

  private static void checkQuery(UndertowExchange exchange, Operation operation) {
    for (String name : exchange.queryNames()) {
      if (!operation.hasQuery(name) && !operation.equals(OPTIONS.operation())) {
        throw Problems.unknownQuery(name, operation);
      }
    }
  }

  /** Without a Host, which HTTP/1.0 may leave out, no browser asks. */
  private void checkHost(UndertowExchange exchange) {
    exchange
        .header("Host")
        .filter(host -> !settings.hosts().has(host))
        .ifPresent(host -> {
          throw Problems.wrongHost(host);
        });
  }

  /** A browser says which page makes a request that may change something, or opens a socket. */
  private static void checkOrigin(UndertowExchange exchange) {
    exchange
        .header("Origin")
        .filter(origin -> !HostNames.isOwn(origin, exchange.header("Host").orElse(null)))
        .ifPresent(origin -> {
          throw Problems.foreignOrigin(origin);
        });
  }

  private void fail(UndertowExchange exchange, ProblemException problem) {
    try {
      if (exchange.isBegun()) {
        LOG.warn(
            "{} {} failed after its response had begun: {}",
            exchange.method(),
            exchange.rawPath(),
            problem.detail());
        exchange.abort();
      } else {
        answerProblem(exchange, problem);
      }
    } catch (RuntimeException e) {
      LOG.debug("The client was gone before it could be told of {}", problem.code(), e);
      exchange.abort();
    }
  }

  private void failUnexpectedly(UndertowExchange exchange, Throwable failure) {
    if (isConnectionTrouble(failure) && exchange.isBegun()) {
      LOG.debug("{} {} was cut by its client", exchange.method(), exchange.rawPath(), failure);
      exchange.abort();
      return;
    }
    if (failure instanceof IOException cut && !exchange.isBegun() && exchange.isBodyBroken()) {
      fail(
          exchange,
          new ProblemException(
              400, "BODY_CUT", "The body ended early: " + cut.getMessage(), "Send it again", cut));
      return;
    }
    String id = Long.toHexString(random.nextLong());
    LOG.error("{} {} failed, error id {}", exchange.method(), exchange.rawPath(), id, failure);
    fail(exchange, Problems.internal(id));
  }

  private static boolean isConnectionTrouble(Throwable failure) {
    return failure instanceof IOException || failure instanceof UncheckedIOException;
  }

  private static void answerProblem(UndertowExchange exchange, ProblemException problem) {
    exchange.respond(problem.status(), Problems.CONTENT_TYPE, Problems.document(problem));
  }
}
