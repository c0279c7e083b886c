// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.HttpClients;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.Servers;
import dev.holdfast.protocol.ClusterBodies;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A client of a Holdfast cluster.
 *
 * <pre>{@code
 * try (Holdfast holdfast = Holdfast.connect("http://127.0.0.1:7600,http://127.0.0.1:7610");
 *     Hold hold = holdfast.locks().lock("jobs/nightly").acquire()) {
 *   holdfast.objects().put("report", bytes, WriteOptions.NONE.fence(hold.fence()));
 * }
 * }</pre>
 *
 * <p>Connecting does not reach out: the first call does. Calls go to any node that answers. Make
 * one for a program and share it; thread-safe.
 */
public final class Holdfast implements AutoCloseable {
  private final ClientRuntime runtime;
  private final ThreadPoolExecutor events;
  private final ObjectClient objects;
  private final Connections connections;
  private final Locks locks = new Locks(this);
  private final Set<SessionLink> sessions = ConcurrentHashMap.newKeySet();
  private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  private Holdfast(ClientConfig config, Time time) {
    // One thread, so that each listener is told in order. Its queue holds at most one task for each
    // listened-to hold or session (Listeners) and one for each unfinished asynchronous call.
    this.events =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Time.SystemTime.daemon(task, "holdfast-events"));
    events.allowCoreThreadTimeOut(true);
    HttpClient http = HttpClients.pooled();
    Servers servers = new Servers(config.servers(), time::nanoTime);
    Endpoints endpoints = new Endpoints(servers);
    AtomicLong seen = new AtomicLong();
    MovePlanner moves = new MovePlanner(config.followLeader());
    Executor listeners = config.listenerExecutor();
    Executor telling = listeners == null ? events : listeners;
    this.connections = new Connections(http, config, endpoints, seen, moves);
    this.runtime =
        new ClientRuntime(
            config,
            http,
            new RestClient(servers, config.requestTimeout(), time::nanoTime, seen, http),
            endpoints,
            time,
            task -> telling.execute(() -> Loudly.run("a continuation", task)),
            new SecureRandom(),
            seen,
            new AtomicLong(),
            connections,
            moves);
    this.objects = new ObjectClient(runtime, this::requireOpen);
  }

  /**
   * @param servers api addresses of some nodes, separated by commas; the others are learned
   * @throws IllegalArgumentException when one is not an address
   */
  public static Holdfast connect(String servers) {
    return connect(ClientConfig.of(servers));
  }

  public static Holdfast connect(ClientConfig config) {
    return connect(config, new Time.SystemTime());
  }

  static Holdfast connect(ClientConfig config, Time time) {
    return new Holdfast(config, time);
  }

  /**
   * Asks whether the cluster can be worked with: a node answers that it is ready. Waits for that as
   * long as the request timeout.
   *
   * @throws UnavailableException names every server that was asked, and why it was none
   */
  public void ping() {
    requireOpen();
    runtime.read("/health/ready", ClusterBodies.Health.class);
  }

  /**
   * Blocks until {@link #ping} succeeds.
   *
   * @return false when it has not within this time, in which each server is asked at least once
   */
  public boolean awaitReady(Duration limit) {
    requireOpen();
    long end = runtime.time().nanoTime() + limit.toNanos();
    do {
      try {
        ping();
        return true;
      } catch (UnavailableException e) {
        Loudly.debug("not ready yet: " + e.getMessage());
      }
    } while (runtime.time().nanoTime() - end < 0);
    return false;
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("this Holdfast is closed");
    }
  }

  public ObjectClient objects() {
    return objects;
  }

  /** Locks on one shared session. */
  public Locks locks() {
    return locks;
  }

  /** The replicated map of that name, with values of text, on the shared session. */
  public MapClient<String> map(String name) {
    return map(name, Codec.TEXT);
  }

  /** The replicated map of that name, on the session that {@link #locks()} share. */
  public <V> MapClient<V> map(String name, Codec<V> codec) {
    return new MapClient<>(
        () -> locks.session().link(),
        name,
        codec,
        MapTerms.PLAIN,
        new Listeners<>(runtime.events()));
  }

  /** The replicated number of that name, on the shared session. */
  public CounterClient counter(String name) {
    return new CounterClient(() -> locks.session().link(), name);
  }

  /** The barrier of that name, for 1 to 100 parties, on the shared session. */
  public BarrierClient barrier(String name, int parties) {
    return new BarrierClient(() -> locks.session().link(), name, parties);
  }

  /** The count-down latch of that name, on the shared session. */
  public LatchClient latch(String name) {
    return new LatchClient(() -> locks.session().link(), name);
  }

  /**
   * Opens a session with the TTL of the configuration.
   *
   * @throws UnavailableException when no node answered within the request timeout
   */
  public Session session() {
    return session(runtime.config().sessionTtl());
  }

  /**
   * Opens a session.
   *
   * @param ttl 1 s to 24 h: how long the cluster waits for a silent client
   */
  public Session session(Duration ttl) {
    if (ClientConfig.outside(ttl)) {
      throw new IllegalArgumentException("a TTL is 1 s to 24 h, not " + ttl);
    }
    requireOpen();
    SessionLink link = new SessionLink(runtime, ttl, sessions::remove);
    sessions.add(link);
    link.open();
    return new Session(link);
  }

  /**
   * Listens to what a node notices: leaders, members, health, snapshots. Begins with what comes
   * after the connection is there, which this does not wait for.
   *
   * @param types of docs/reference/events.md; none for all
   * @param listener told one event at a time on a thread of the stream; it may take its time, and
   *     misses events when it is more than 1,024 behind
   */
  public EventStream events(Consumer<ClusterEvent> listener, String... types) {
    requireOpen();
    EventStream stream = new EventStream(runtime, Set.of(types), listener);
    streams.add(stream);
    return stream.start();
  }

  /** Closes its sessions, as {@link Session#close} does, and its threads. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      streams.forEach(EventStream::close);
      sessions.forEach(SessionLink::beginClose);
      sessions.forEach(SessionLink::close);
      runtime.time().close();
      connections.close();
      runtime.rest().close();
      events.shutdown();
    }
  }
}
