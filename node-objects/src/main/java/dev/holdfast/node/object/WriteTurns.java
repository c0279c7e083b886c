// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.ObjectMessages.Done;
import dev.holdfast.node.object.ObjectMessages.GiveTurn;
import dev.holdfast.node.object.ObjectMessages.TakeTurn;
import dev.holdfast.node.object.ObjectMessages.TurnTaken;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.placement.Rendezvous;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the writers of a contended key write one after another, instead of overtaking each other:
 * those of a node wait here, and the first of each node waits at the key's home. A key is contended
 * when a write of it was overtaken lately, so writers that meet nobody pay nothing. It is a matter
 * of speed alone: the commit's condition keeps writes apart, whatever happens here.
 */
final class WriteTurns {
  private static final Logger log = LoggerFactory.getLogger(WriteTurns.class);

  /** Writers of one key that wait on one node; more are refused as overload. */
  static final int WAITING_MAX = 256;

  /** Keys that are remembered as contended; of more, some compete. */
  private static final int KEYS_MAX = 10_000;

  private static final long CONTENDED_NANOS = Duration.ofSeconds(10).toNanos();

  private final ClusterView cluster;
  private final PeerNetwork network;
  private final Duration peerTimeout;
  private final LongSupplier nanos;
  private final TurnDesk desk;
  private final ConcurrentMap<ObjectKey, Line> lines = new ConcurrentHashMap<>();

  /** Key → until when it counts as contended. */
  private final ConcurrentMap<ObjectKey, Long> contended = new ConcurrentHashMap<>();

  /** Those of this node; changed within {@code lines.compute} alone. */
  private static final class Line {
    private final Semaphore first = new Semaphore(1, true);
    private int writers;
  }

  /** Registers the handlers, so before the network starts. */
  WriteTurns(ClusterView cluster, PeerNetwork network, Duration peerTimeout, LongSupplier nanos) {
    this.cluster = cluster;
    this.network = network;
    this.peerTimeout = peerTimeout;
    this.nanos = nanos;
    this.desk = new TurnDesk(nanos);
    network.serve(
        TakeTurn.class,
        (_, request) ->
            new TurnTaken(desk.take(request.key(), Duration.ofMillis(request.waitMillis()))));
    network.serve(
        GiveTurn.class,
        (_, request) -> {
          desk.give(request.key(), request.ticket());
          return new Done(true);
        });
  }

  /** Passed on by closing it, once. */
  static final class Turn implements AutoCloseable {
    private final AtomicReference<@Nullable Runnable> passOn;

    private Turn(Runnable passOn) {
      this.passOn = new AtomicReference<>(passOn);
    }

    @Override
    public void close() {
      Runnable last = passOn.getAndSet(null);
      if (last != null) {
        last.run();
      }
    }
  }

  boolean isContended(ObjectKey key) {
    Long until = contended.get(key);
    if (until == null) {
      return false;
    }
    if (nanos.getAsLong() - until < 0) {
      return true;
    }
    contended.remove(key, until);
    return false;
  }

  /** A write of this key was overtaken: for a while its writers wait for their turns. */
  void overtaken(ObjectKey key) {
    long now = nanos.getAsLong();
    if (contended.size() >= KEYS_MAX) {
      contended.values().removeIf(until -> now - until >= 0);
    }
    if (contended.size() < KEYS_MAX || contended.containsKey(key)) {
      contended.put(key, now + CONTENDED_NANOS);
    }
  }

  /** Waits for the turn of one writer; empty when too many wait, or for too long. */
  Optional<Turn> take(ObjectKey key, long waitNanos) {
    long deadline = nanos.getAsLong() + waitNanos;
    Optional<Line> joined = join(key);
    if (joined.isEmpty()) {
      return Optional.empty();
    }
    Line line = joined.get();
    if (!isFirst(line, waitNanos)) {
      leave(key);
      return Optional.empty();
    }
    Optional<Turn> atHome = Optional.empty();
    try {
      atHome = takeAtHome(key, deadline);
    } finally {
      if (atHome.isEmpty()) {
        line.first.release();
        leave(key);
      }
    }
    return atHome.map(turn ->
        new Turn(() -> {
          turn.close();
          line.first.release();
          leave(key);
        }));
  }

  private static boolean isFirst(Line line, long waitNanos) {
    try {
      return line.first.tryAcquire(waitNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<Line> join(ObjectKey key) {
    Line line =
        lines.compute(
            key,
            (_, known) -> {
              Line joined = known == null ? new Line() : known;
              joined.writers++;
              return joined;
            });
    if (line.writers > WAITING_MAX) {
      leave(key);
      return Optional.empty();
    }
    return Optional.of(line);
  }

  private void leave(ObjectKey key) {
    lines.computeIfPresent(key, (_, line) -> --line.writers == 0 ? null : line);
  }

  private Optional<Turn> takeAtHome(ObjectKey key, long deadline) {
    String home = homeOf(key);
    while (nanos.getAsLong() - deadline < 0) {
      long millis =
          Math.clamp(
              TimeUnit.NANOSECONDS.toMillis(deadline - nanos.getAsLong()),
              1,
              peerTimeout.toMillis() / 2);
      if (home.equals(cluster.self())) {
        long ticket = desk.take(key.value(), Duration.ofMillis(millis));
        if (ticket != 0) {
          return Optional.of(new Turn(() -> desk.give(key.value(), ticket)));
        }
        continue;
      }
      try {
        long ticket = network.call(home, new TakeTurn(key.value(), millis), peerTimeout).ticket();
        if (ticket != 0) {
          return Optional.of(new Turn(() -> give(home, key, ticket)));
        }
      } catch (PeerException e) {
        log.debug("{} gives no turns of {}: its writers compete", home, key, e);
        return Optional.of(new Turn(() -> {}));
      }
    }
    return Optional.empty();
  }

  /** Nobody waits for that. */
  private void give(String home, ObjectKey key, long ticket) {
    Thread.ofVirtual()
        .name("give-turn")
        .start(() -> {
          try {
            var _ = network.call(home, new GiveTurn(key.value(), ticket), peerTimeout);
          } catch (PeerException e) {
            log.debug("The turn of {} passes on when its lease is over", key, e);
          }
        });
  }

  private String homeOf(ObjectKey key) {
    Set<String> healthy = cluster.healthy();
    return healthy.isEmpty()
        ? cluster.self()
        : Rendezvous.rank(key.entry().value(), healthy).getFirst();
  }
}
