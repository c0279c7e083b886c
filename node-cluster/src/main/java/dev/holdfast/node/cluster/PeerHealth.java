// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.cluster.ClusterMessages.PulseBack;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pings each other member over the peer port, and tells what changes. It sees what a lease cannot:
 * a node that lives but cannot be reached from here. Who is unhealthy here is passed over as a
 * home, which is a hint; nobody loses a lease or a vote by it.
 */
public final class PeerHealth implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerHealth.class);

  /** Each asking opens a connection to every known address, so not with every failed ping. */
  private static final Duration LOST_ASK = Duration.ofSeconds(3);

  private final ClusterDirectory cluster;
  private final PeerNetwork peers;
  private final PeerAddresses addressBook;
  private final EventHub events;
  private final MembershipConfig config;
  private final Supplier<Set<String>> addresses;
  private final LongSupplier nanos;
  private final Map<String, Peer> states = new ConcurrentHashMap<>();
  private final AtomicBoolean asking = new AtomicBoolean();
  private final Thread thread;
  private volatile boolean closed;
  private long askedAt;

  /**
   * @param addresses to ask for nodes that cannot be reached where they were
   */
  public PeerHealth(
      ClusterDirectory cluster,
      PeerNetwork peers,
      PeerAddresses addressBook,
      EventHub events,
      MembershipConfig config,
      Supplier<Set<String>> addresses,
      LongSupplier nanos) {
    this.cluster = cluster;
    this.peers = peers;
    this.addressBook = addressBook;
    this.events = events;
    this.config = config;
    this.addresses = addresses;
    this.nanos = nanos;
    this.askedAt = nanos.getAsLong();
    this.thread = Thread.ofPlatform().name("peer-health").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** Members that did not answer several times in a row, as seen from here. */
  public Set<String> unhealthy() {
    return states.entrySet().stream()
        .filter(state -> state.getValue().isUnhealthy(config.failedChecksMax()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** What a member had applied when it last answered; empty while it does not. */
  public Optional<Long> revisionOf(String nodeId) {
    return Optional.ofNullable(states.get(nodeId))
        .filter(peer -> peer.connected)
        .map(peer -> peer.revision);
  }

  private void run() {
    while (!closed) {
      try {
        check();
      } catch (RuntimeException e) {
        LOG.error("The health checks failed, trying again", e);
      }
      LockSupport.parkNanos(config.checkInterval().toNanos());
    }
  }

  private void check() {
    Set<String> others =
        cluster.members().stream()
            .map(ClusterView.Member::id)
            .filter(id -> !id.equals(cluster.self()))
            .collect(Collectors.toSet());
    states.keySet().retainAll(others);
    for (String id : others) {
      Peer peer = states.computeIfAbsent(id, Peer::new);
      if (peer.underWay.compareAndSet(false, true)) {
        Thread.ofVirtual().name("ping-" + id).start(() -> ping(peer));
      }
    }
    long since = nanos.getAsLong() - askedAt;
    boolean lost = !unhealthy().isEmpty() && since >= LOST_ASK.toNanos();
    boolean due = since >= config.discoveryInterval().toNanos();
    if ((lost || due) && asking.compareAndSet(false, true)) {
      askedAt = nanos.getAsLong();
      Thread.ofVirtual().name("find-peers").start(this::ask);
    }
  }

  private void ask() {
    try {
      addressBook.ask(addresses);
    } catch (RuntimeException e) {
      LOG.warn("Looking for other nodes failed", e);
    } finally {
      asking.set(false);
    }
  }

  private void ping(Peer peer) {
    try {
      PulseBack back = peers.call(peer.id, addressBook.pulse(), config.checkTimeout());
      addressBook.hear(back.cluster(), back.sender());
      answered(peer, back.revision());
    } catch (PeerException e) {
      if (!closed) {
        failed(peer, String.valueOf(e.getMessage()));
      }
    } finally {
      peer.underWay.set(false);
    }
  }

  /** One ping to a peer is under way at a time, so its state has one writer. */
  private void answered(Peer peer, long revision) {
    boolean wasUnhealthy = peer.isUnhealthy(config.failedChecksMax());
    peer.failures = 0;
    peer.revision = revision;
    if (!peer.connected) {
      peer.connected = true;
      events.tell("peer_connected", "peer", peer.id);
    }
    if (wasUnhealthy) {
      events.tell(
          "node_health_changed", "peer", peer.id, "before", "unhealthy", "after", "healthy");
    }
  }

  private void failed(Peer peer, String why) {
    int failures = peer.failures + 1;
    peer.failures = failures;
    if (peer.connected) {
      peer.connected = false;
      events.tell("peer_disconnected", "peer", peer.id, "reason", why);
    }
    if (failures == config.failedChecksMax()) {
      events.tell("node_unhealthy", "peer", peer.id, "failedChecks", failures, "reason", why);
      events.tell(
          "node_health_changed", "peer", peer.id, "before", "healthy", "after", "unhealthy");
    }
    if (isToldAgain(failures)) {
      events.tell("reconnect_failed", "peer", peer.id, "attempts", failures, "reason", why);
    }
  }

  /** At the limit, and each time that the number has doubled since. */
  private boolean isToldAgain(int failures) {
    int max = config.failedChecksMax();
    return failures % max == 0 && Integer.bitCount(failures / max) == 1;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  /** Written by the one ping that is under way. */
  private static final class Peer {
    private final String id;
    private final AtomicBoolean underWay = new AtomicBoolean();
    private volatile boolean connected;
    private volatile int failures;
    private volatile long revision;

    Peer(String id) {
      this.id = id;
    }

    boolean isUnhealthy(int failedMax) {
      return failures >= failedMax;
    }
  }
}
