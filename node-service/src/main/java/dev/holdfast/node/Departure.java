// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.lock.LockService;
import dev.holdfast.node.socket.SessionSocket;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node that works stops working, before any part of it is closed:
 *
 * <ol>
 *   <li>new requests are refused with {@code NOT_READY}: their clients ask another node
 *   <li>another voter leads, if this node did: no commit has to wait for an election
 *   <li>the clients of the session socket go on elsewhere, waits for locks are withdrawn, streams
 *       of events end
 *   <li>the requests that are under way are answered
 * </ol>
 *
 * Nothing of it is needed for safety, so what does not succeed in time is left.
 */
final class Departure {
  private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

  private static final Duration HAND_OVER_MAX = Duration.ofSeconds(3);
  private static final Duration FINISH_MAX = Duration.ofSeconds(10);

  /** At least so long clients are told to go, and their connections with them. */
  private static final Duration LINGER = Duration.ofMillis(250);

  private static final Duration LOOK = Duration.ofMillis(10);

  private final HttpServer http;
  private final Coordinator coordinator;
  private final ClusterView cluster;
  private final Supplier<Set<String>> unreachable;
  private final LockService locks;
  private final EventHub events;
  private final SessionSocket socket;
  private final LongSupplier nanoTime;

  Departure(
      HttpServer http,
      Coordinator coordinator,
      ClusterView cluster,
      Supplier<Set<String>> unreachable,
      LockService locks,
      EventHub events,
      SessionSocket socket,
      LongSupplier nanoTime) {
    this.http = http;
    this.coordinator = coordinator;
    this.cluster = cluster;
    this.unreachable = unreachable;
    this.locks = locks;
    this.events = events;
    this.socket = socket;
    this.nanoTime = nanoTime;
  }

  /** Blocks for some seconds at most. */
  void run() {
    long begun = nanoTime.getAsLong();
    http.refuseNew();
    successor().ifPresent(this::handOver);
    locks.endWaits();
    events.end();
    socket.sendAllAway();
    awaitTheLast(begun);
  }

  /** Who should lead now; empty when this node does not, or nobody else can. */
  private Optional<String> successor() {
    if (coordinator.voters().isEmpty() || !cluster.self().equals(coordinator.leader())) {
      return Optional.empty();
    }
    return coordinator.status().voters().stream()
        .filter(node -> !node.equals(cluster.self()))
        .filter(cluster::isHealthy)
        .filter(node -> !unreachable.get().contains(node))
        .findFirst();
  }

  private void handOver(String successor) {
    try {
      coordinator.voters().orElseThrow().transferLeadership(successor, HAND_OVER_MAX);
      LOG.info("{} leads now", successor);
    } catch (CoordinatorException e) {
      LOG.info(
          "The leadership was not handed over to {}, the others elect: {}",
          successor,
          e.getMessage());
    }
  }

  private void awaitTheLast(long begunNanos) {
    try {
      while (isBusy(begunNanos)) {
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    int left = http.running();
    if (left > 0) {
      LOG.warn("{} requests were not answered within {}", left, FINISH_MAX);
    }
  }

  private boolean isBusy(long begunNanos) {
    long elapsed = nanoTime.getAsLong() - begunNanos;
    boolean busy = http.running() > 0 || socket.connections() > 0;
    return elapsed < LINGER.toNanos() || (busy && elapsed < FINISH_MAX.toNanos());
  }
}
