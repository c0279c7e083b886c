// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.placement.ClusterMap.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works off the persisted queue: fetches the copies that this node should hold and lacks, and tells
 * other replicas of theirs (R24). By state: what is there already is left alone. An intent that
 * fails is tried again later and later; a change of the cluster makes all of them due.
 */
final class Replication {
  private static final Logger log = LoggerFactory.getLogger(Replication.class);
  private static final int BATCH = 256;
  private static final int PAGES_MAX = 20;
  private static final int CALLS_PER_PEER_MAX = 4;
  private static final long ROOM_WAIT_MILLIS = 250;
  private static final long BACKOFF_NANOS_MIN = Duration.ofMillis(500).toNanos();
  private static final long BACKOFF_NANOS_MAX = Duration.ofMinutes(2).toNanos();

  /** References in one call to pull. */
  private static final int PULL_MAX = 16;

  private final ClusterView cluster;
  private final Agreement agreement;
  private final Replicas replicas;
  private final Reach reach;
  private final NodeStore records;
  private final LongSupplier nanos;
  private final Semaphore fetches;
  private final ConcurrentMap<String, Semaphore> calls = new ConcurrentHashMap<>();
  private final ConcurrentMap<Long, Delay> delays = new ConcurrentHashMap<>();
  private final Set<Long> underWay = ConcurrentHashMap.newKeySet();

  /** Where the last run stopped. Owned by the thread that runs. */
  private long position;

  private record Delay(long dueNanos, long nextNanos) {}

  Replication(
      ClusterView cluster,
      Agreement agreement,
      Replicas replicas,
      Reach reach,
      NodeStore records,
      ObjectSettings settings,
      LongSupplier nanos) {
    this.cluster = cluster;
    this.agreement = agreement;
    this.replicas = replicas;
    this.reach = reach;
    this.records = records;
    this.nanos = nanos;
    this.fetches = new Semaphore(settings.fetchesMax());
  }

  /** A node came back, or the map moved: nobody waits any longer. */
  void everythingIsDue() {
    delays.clear();
  }

  /**
   * Starts what is due, a part of the queue at a time; returns how many were started. Waits for
   * room among the fetches. Called again and again, by one thread.
   */
  int runOnce() {
    int started = 0;
    for (int page = 0; page < PAGES_MAX; page++) {
      List<Intent.Queued> some = records.queued(position, BATCH);
      if (some.isEmpty()) {
        position = 0;
        return started;
      }
      for (Intent.Queued queued : some) {
        position = queued.sequence();
        if (isDue(queued) && start(queued)) {
          started++;
        }
      }
    }
    return started;
  }

  private boolean isDue(Intent.Queued queued) {
    Delay delay = delays.get(queued.sequence());
    return delay == null || nanos.getAsLong() - delay.dueNanos >= 0;
  }

  private boolean start(Intent.Queued queued) {
    String target = queued.intent().target();
    boolean isMine = target.equals(cluster.self());
    if (cluster.map().node(cluster.self()).isEmpty()) {
      return false; // The map is not known yet, so nobody can be said to have left.
    }
    if (!isMine && cluster.map().node(target).isEmpty()) {
      records.dequeue(queued);
      return false;
    }
    if (!isMine && !cluster.healthy().contains(target)) {
      return false;
    }
    Semaphore room =
        isMine ? fetches : calls.computeIfAbsent(target, _ -> new Semaphore(CALLS_PER_PEER_MAX));
    if (!underWay.add(queued.sequence())) {
      return false;
    }
    if (!isRoom(room)) {
      underWay.remove(queued.sequence());
      return false;
    }
    Thread.ofVirtual()
        .name("replication")
        .start(() -> {
          try {
            work(queued);
          } finally {
            room.release();
            underWay.remove(queued.sequence());
          }
        });
    return true;
  }

  private static boolean isRoom(Semaphore room) {
    try {
      return room.tryAcquire(ROOM_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void work(Intent.Queued queued) {
    Intent intent = queued.intent();
    try {
      boolean done;
      if (intent.target().equals(cluster.self())) {
        done = fetch(intent);
      } else {
        // Told, the node has it in a persisted queue of its own.
        replicas.of(intent.target()).hold(intent.key(), intent.version(), intent.isAgreed());
        done = true;
      }
      if (done) {
        records.dequeue(queued);
        delays.remove(queued.sequence());
        return;
      }
    } catch (PeerException | ObjectException | DiskFullException e) {
      log.debug("{} has to wait", intent, e);
    } catch (RuntimeException e) {
      log.warn("{} failed and is tried again", intent, e);
    }
    delay(queued);
  }

  private void delay(Intent.Queued queued) {
    delays.compute(
        queued.sequence(),
        (_, old) -> {
          long wait = old == null ? BACKOFF_NANOS_MIN : old.nextNanos;
          return new Delay(nanos.getAsLong() + wait, Math.min(2 * wait, BACKOFF_NANOS_MAX));
        });
  }

  private boolean fetch(Intent intent) {
    return intent.isAgreed()
        ? fetch(intent.key(), intent.version())
        : fetchAsFound(intent.key(), intent.version());
  }

  /**
   * Makes sure that this node has a version in the state in which the others have it. Needs no
   * majority while it is provisional. Where there is one, it takes nothing from a node that just
   * came back and may have to set it aside.
   */
  private boolean fetchAsFound(ObjectKey key, VersionId id) {
    List<String> others = new ArrayList<>(cluster.map().nodes().stream().map(Node::id).toList());
    others.remove(cluster.self());
    Optional<VersionRecord> found =
        replicas
            .findKept(key, id, List.of(cluster.self()))
            .or(() -> replicas.findKept(key, id, others));
    if (found.isEmpty()) {
      return isNowhere(key, id, others);
    }
    if (found.get().state() == VersionState.CONFIRMED) {
      return fetch(key, id);
    }
    return (reach.isCutOff()
            || replicas.local().vouches(key, id)
            || replicas.isVouchedFor(key, id, others))
        && pull(found.get(), others)
        && replicas.local().keepProvisional(found.get(), id);
  }

  /** Whether all say that they have nothing to fetch: it was forgotten, or is set aside. */
  private boolean isNowhere(ObjectKey key, VersionId id, List<String> others) {
    for (String node : others) {
      try {
        if (replicas
            .of(node)
            .version(key, id)
            .filter(version -> version.state() != VersionState.QUARANTINED)
            .isPresent()) {
          return false;
        }
      } catch (PeerException e) {
        log.debug("Cannot ask {} for {} of {}", node, id, key, e);
        return false;
      }
    }
    return true;
  }

  /** Fetches the chunks that this node lacks; false when some are still missing. */
  private boolean pull(VersionRecord version, List<String> sources) {
    List<ChunkRef> missing = replicas.local().absent(version.chunks());
    for (int at = 0; at < missing.size(); at += PULL_MAX) {
      List<ChunkRef> some = missing.subList(at, Math.min(at + PULL_MAX, missing.size()));
      if (!replicas.local().pull(some, sources).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Makes sure that this node has a confirmed version, its chunks first. True when it has, or need
   * not have.
   */
  boolean fetch(ObjectKey key, VersionId id) {
    Observation observed = agreement.observe(key);
    Optional<HeadRecord> head = Agreement.head(observed);
    if (head.isEmpty() || !head.get().holders().contains(cluster.self())) {
      return true;
    }
    long revision =
        head.get().version().equals(id) && observed.entry() != null
            ? observed.entry().revision()
            : 0;
    List<String> others = others(head.get());
    Optional<VersionRecord> found = records.version(key, id);
    if (found.isEmpty()) {
      found = replicas.findVersion(key, id, others);
    }
    if (found.isEmpty()) {
      return false;
    }
    VersionRecord version = found.get().withState(VersionState.CONFIRMED);
    return pull(version, others) && replicas.local().keep(version, id, revision);
  }

  private List<String> others(HeadRecord head) {
    List<String> others = new ArrayList<>(head.holders());
    others.remove(cluster.self());
    Set<String> healthy = cluster.healthy();
    others.sort((a, b) -> Boolean.compare(healthy.contains(b), healthy.contains(a)));
    return others;
  }
}
