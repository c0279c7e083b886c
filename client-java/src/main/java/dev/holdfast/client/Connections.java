// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.HttpClients;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.Scheme;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.NodeAddress;
import dev.holdfast.protocol.frame.ServerFrame;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections that the sessions of a {@link Holdfast} share. The first few sessions at a node
 * get one each, so that a busy program is not held up by a single stream of bytes; those after them
 * join the emptiest. Thread-safe.
 */
final class Connections implements Connection.Dialer {

  /** To one node, before any is shared. */
  static final int UNSHARED = 4;

  /** Sessions on one connection: a node answers some thousand requests of a connection at once. */
  static final int MAX_SESSIONS = 1_000;

  private static final class Slot {
    final CompletableFuture<SessionSocket> socket = new CompletableFuture<>();

    /** Sessions that were given it and have not left. */
    int assigned;
  }

  /** For nodes behind TLS, whose handshakes take their time. */
  private final HttpClient pooled;

  /**
   * Its selector applies a frame where it has read it: neither I/O nor foreign code is in the way.
   */
  private final HttpClient direct = HttpClients.on(Runnable::run);

  private final ClientConfig config;
  private final Endpoints endpoints;
  private final AtomicLong seen;
  private final MovePlanner moves;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<URI, List<Slot>> byNode = new HashMap<>();

  Connections(
      HttpClient pooled,
      ClientConfig config,
      Endpoints endpoints,
      AtomicLong seen,
      MovePlanner moves) {
    this.pooled = pooled;
    this.config = config;
    this.endpoints = endpoints;
    this.seen = seen;
    this.moves = moves;
  }

  /** Of its own threads; all sessions are closed already. */
  void close() {
    RestClient.closeNow(direct);
  }

  @Override
  public CompletableFuture<SessionSocket> to(URI node, Duration limit, Connection.Purpose purpose) {
    boolean alone = purpose == Connection.Purpose.ALONE;
    Slot slot;
    boolean fresh;
    lock.lock();
    try {
      List<Slot> slots = byNode.computeIfAbsent(node, same -> new ArrayList<>());
      Optional<Slot> emptiest =
          slots.stream()
              .filter(other -> slots.size() >= UNSHARED && other.assigned < MAX_SESSIONS)
              .min(Comparator.comparingInt(other -> other.assigned));
      fresh = alone || emptiest.isEmpty();
      slot = fresh ? new Slot() : emptiest.get();
      slot.assigned++;
      if (fresh && !alone) {
        slots.add(slot);
      }
    } finally {
      lock.unlock();
    }
    if (fresh) {
      open(node, limit, slot, purpose == Connection.Purpose.MOVE ? welcome -> {} : this::welcomed);
    }
    return slot.socket;
  }

  /** By a thread of its own: to look up a name may block, and the callers must not. */
  private void open(URI node, Duration limit, Slot slot, Consumer<ServerFrame.Welcome> welcomed) {
    Runnable dial =
        () -> {
          try {
            CompletableFuture<?> unused =
                dial(node, limit, slot, welcomed)
                    .whenComplete((socket, error) -> opened(node, slot, socket, error));
          } catch (RuntimeException e) {
            opened(node, slot, null, e);
          }
        };
    Time.SystemTime.daemon(dial, "holdfast-dial").start();
  }

  private CompletableFuture<SessionSocket> dial(
      URI node, Duration limit, Slot slot, Consumer<ServerFrame.Welcome> welcomed) {
    return SessionSocket.open(
        Scheme.of(node) == Scheme.HTTPS ? pooled : direct,
        node,
        config.encoding().codec(),
        limit,
        new ClientFrame.Hello(clientName(), seen.get()),
        welcomed,
        moves.trafficTo(node),
        () -> forget(node, slot),
        () -> left(slot));
  }

  private void opened(
      URI node, Slot slot, @Nullable SessionSocket socket, @Nullable Throwable error) {
    if (error != null) {
      forget(node, slot);
      slot.socket.completeExceptionally(error);
    } else {
      slot.socket.complete(socket);
    }
  }

  private void welcomed(ServerFrame.Welcome welcome) {
    seen.accumulateAndGet(welcome.revision(), Math::max);
    welcome.nodes().stream().map(NodeAddress::api).forEach(endpoints::learn);
  }

  private void left(Slot slot) {
    lock.lock();
    try {
      slot.assigned--;
    } finally {
      lock.unlock();
    }
  }

  private void forget(URI node, Slot slot) {
    lock.lock();
    try {
      List<Slot> slots = byNode.get(node);
      if (slots != null && slots.remove(slot) && slots.isEmpty()) {
        byNode.remove(node);
      }
    } finally {
      lock.unlock();
    }
  }

  private static String clientName() {
    String version = Connections.class.getPackage().getImplementationVersion();
    return "holdfast-java/" + (version == null ? "development" : version);
  }
}
