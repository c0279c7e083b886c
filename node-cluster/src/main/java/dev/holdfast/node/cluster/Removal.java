// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.node.cluster.ClusterMessages.Leave;
import dev.holdfast.node.cluster.ClusterMessages.RemoveMe;
import dev.holdfast.node.cluster.ClusterMessages.RemoveVerdict;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a node out of the cluster without losing a copy: no new copies go to it, those that it has
 * are moved away, then it loses its vote and its row in the map. Each step can be repeated, so a
 * removal that broke off is finished by asking for it again, at any node.
 */
public final class Removal {
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);
  private static final Duration VOTERS_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int CONTENDED_MAX = 50;

  /** More than all steps together may take. */
  private static final Duration BY_ANOTHER_TIMEOUT = Duration.ofMinutes(3);

  /** Moves the copies of a draining node to others. */
  @FunctionalInterface
  public interface Drain {
    /** Works for a while and returns. */
    Drained drain(String nodeId);
  }

  /**
   * @param left copies that are still on the node; 0 lets it go
   */
  public record Drained(long moved, long left) {}

  private final Membership membership;
  private final Coordinator coordinator;
  private final ClusterView cluster;
  private final PeerNetwork peers;
  private final Drain drain;
  private final Duration patience;
  private final LongSupplier nanos;

  /**
   * @param patience with the drain; what is left then is told, and the caller asks again
   */
  public Removal(
      Membership membership,
      Coordinator coordinator,
      ClusterView cluster,
      PeerNetwork peers,
      Drain drain,
      Duration patience,
      LongSupplier nanos) {
    this.membership = membership;
    this.coordinator = coordinator;
    this.cluster = cluster;
    this.drain = drain;
    this.patience = patience;
    this.nanos = nanos;
    this.peers = peers;
    peers.serve(RemoveMe.class, (from, request) -> removeFor(request));
  }

  /**
   * Blocks until the node is out, or its copies have been moved for a while.
   *
   * @param goesOn with a removal that was begun before: one that was cancelled is not begun again
   * @return how many copies are still on it, to be asked again; 0 when it is out
   * @throws RemovalRefusedException when it cannot leave, or not now
   */
  public long remove(String nodeId, boolean goesOn) {
    MapEntry.NodeEntry leaving = check(nodeId);
    if (nodeId.equals(cluster.self())) {
      return removeByAnother(leaving, goesOn);
    }
    long left = takeOut(nodeId, goesOn);
    if (left == 0) {
      tell(leaving);
    }
    return left;
  }

  /**
   * Calls a removal off: new copies may go to the node again; those that were moved stay where they
   * are. Whoever carries the removal out finds that it was called off before the node loses
   * anything for good.
   *
   * @throws RemovalRefusedException when there is none, or when it is too late
   */
  public void cancel(String nodeId) {
    for (int i = 0; i < CONTENDED_MAX; i++) {
      Observation seen = membership.mapEntry();
      MapEntry map = Membership.decode(seen);
      MapEntry.NodeEntry node =
          map.node(nodeId).orElseThrow(() -> refused(new RemovalRefusal.UnknownNode(nodeId)));
      if (node.state() != ClusterMap.State.DRAINING) {
        throw refused(new RemovalRefusal.NotLeaving(nodeId));
      }
      Observation removed =
          coordinator.read(Keys.removed(nodeId, node.incarnation()), COMMIT_TIMEOUT);
      if (removed.isPresent()) {
        throw refused(new RemovalRefusal.TooLate(nodeId));
      }
      MapEntry active = map.with(node.inState(ClusterMap.State.ACTIVE));
      Transaction put =
          new Transaction(
              List.of(seen.unchanged(), removed.unchanged()),
              List.of(new Change.Put(Keys.CLUSTER_MAP, active.encode())));
      if (coordinator.commit(put, COMMIT_TIMEOUT) instanceof CommitResult.Committed) {
        LOG.info("The removal of {} was cancelled", nodeId);
        return;
      }
    }
    throw new UnavailableException("The cluster map stayed contended");
  }

  private MapEntry.NodeEntry check(String nodeId) {
    MapEntry map = membership.map();
    MapEntry.NodeEntry leaving =
        map.node(nodeId).orElseThrow(() -> refused(new RemovalRefusal.UnknownNode(nodeId)));
    if (map.nodes().size() == 1) {
      throw refused(new RemovalRefusal.LastNode(nodeId));
    }
    return leaving;
  }

  private static RemovalRefusedException refused(RemovalRefusal why) {
    return new RemovalRefusedException(why);
  }

  private void requireLeaving(MapEntry map, String nodeId) {
    if (map.node(nodeId).filter(node -> node.state() == ClusterMap.State.DRAINING).isEmpty()) {
      throw refused(new RemovalRefusal.Cancelled(nodeId));
    }
  }

  /** Run by another node than the one that leaves; returns how many copies are still on it. */
  private long takeOut(String nodeId, boolean goesOn) {
    requireMajorityWithout(nodeId);
    if (goesOn) {
      requireLeaving(membership.map(), nodeId);
    } else {
      change(map -> map.change(nodeId, node -> node.inState(ClusterMap.State.DRAINING)));
    }
    long left = drain(nodeId);
    if (left > 0) {
      return left;
    }
    requireMajorityWithout(nodeId);
    // Before the vote goes: a node without a leader asks to be admitted, and must be refused.
    markRemoved(nodeId);
    coordinator
        .voters()
        .ifPresent(voters -> {
          voters.remove(nodeId, VOTERS_TIMEOUT);
          fillSeat(voters);
        });
    change(map -> map.without(nodeId));
    List<Change> rest =
        List.of(new Change.Delete(Keys.incarnation(nodeId)), new Change.Delete(Keys.stats(nodeId)));
    coordinator.commit(new Transaction(List.of(), rest), COMMIT_TIMEOUT);
    LOG.info("Removed node {}", nodeId);
    return 0;
  }

  /**
   * The change of the voters must itself be agreed on by a majority of those that stay: without one
   * the cluster would stand still, with no way back but to start the others.
   */
  private void requireMajorityWithout(String nodeId) {
    Set<String> staying = new TreeSet<>(coordinator.status().voters());
    if (!staying.remove(nodeId)) {
      return;
    }
    Set<String> down = new TreeSet<>(staying);
    // The lease of a node that has just died lasts a while; the connection to it does not.
    down.removeIf(node -> cluster.isHealthy(node) && peers.isConnected(node));
    down.remove(cluster.self());
    if ((staying.size() - down.size()) * 2 <= staying.size()) {
      throw refused(
          new RemovalRefusal.NoMajorityLeft(nodeId, List.copyOf(staying), List.copyOf(down)));
    }
  }

  /** Of this very incarnation: its folder may have been emptied meanwhile. */
  private void markRemoved(String nodeId) {
    Observation incarnation = coordinator.read(Keys.incarnation(nodeId), COMMIT_TIMEOUT);
    if (incarnation.entry() == null) {
      return; // A removal that broke off has come further than this.
    }
    Observation map = membership.mapEntry();
    requireLeaving(Membership.decode(map), nodeId);
    Change removed =
        new Change.Put(
            Keys.removed(nodeId, incarnation.entry().value().toUtf8()), Bytes.utf8(cluster.self()));
    Transaction mark =
        new Transaction(List.of(incarnation.unchanged(), map.unchanged()), List.of(removed));
    if (!(coordinator.commit(mark, COMMIT_TIMEOUT) instanceof CommitResult.Committed)) {
      throw new UnavailableException(
          nodeId + " has just come back with other data, or the cluster map has changed");
    }
  }

  /** An observer gets the vote that has become free. Without one the cluster goes on as well. */
  private void fillSeat(Voters voters) {
    Set<String> healthy = cluster.healthy();
    voters.current().stream()
        .filter(member -> !member.voting() && healthy.contains(member.nodeId()))
        .findFirst()
        .ifPresent(observer -> {
          try {
            voters.add(
                new Voters.Member(
                    observer.nodeId(), observer.incarnation(), observer.address(), true),
                VOTERS_TIMEOUT);
          } catch (UnavailableException e) {
            LOG.warn("{} does not vote yet: {}", observer.nodeId(), e.getMessage());
          }
        });
  }

  /** A dead node learns it when it starts again and asks to be admitted. */
  private void tell(MapEntry.NodeEntry leaving) {
    try {
      var _ = peers.callAddress(leaving.peer(), new Leave(leaving.incarnation()), LEAVE_TIMEOUT);
    } catch (PeerException e) {
      LOG.info("{} does not hear that it was removed: {}", leaving.id(), e.getMessage());
    }
  }

  /** A node that has lost its vote sees no more commits, not even the one that takes it out. */
  private long removeByAnother(MapEntry.NodeEntry self, boolean goesOn) {
    String other =
        cluster.healthy().stream()
            .filter(id -> !id.equals(self.id()))
            .findFirst()
            .orElseThrow(() -> new UnavailableException("No other node is healthy"));
    RemoveVerdict verdict;
    try {
      verdict = peers.call(other, new RemoveMe(self.id(), goesOn), BY_ANOTHER_TIMEOUT);
    } catch (PeerException e) {
      throw new OutcomeUnknownException("The removal by " + other + " has not answered", e);
    }
    long left = verdict.copiesLeftOf(self.id());
    if (left == 0) {
      membership.leave(self.incarnation());
    }
    return left;
  }

  private RemoveVerdict removeFor(RemoveMe request) {
    try {
      check(request.nodeId());
      return RemoveVerdict.done(takeOut(request.nodeId(), request.goesOn()));
    } catch (RemovalRefusedException e) {
      return RemoveVerdict.of(e.reason());
    } catch (CoordinatorException e) {
      return RemoveVerdict.of(e);
    }
  }

  /** Returns how many copies are left when the patience is over. */
  private long drain(String nodeId) {
    boolean movedAny = false;
    Deadline end = Deadline.after(patience, nanos);
    while (true) {
      Drained drained = drain.drain(nodeId);
      long left = drained.left();
      if (left == 0) {
        return 0;
      }
      requireLeaving(membership.map(), nodeId);
      movedAny |= drained.moved() > 0;
      if (end.hasPassed()) {
        if (movedAny) {
          return left;
        }
        throw refused(new RemovalRefusal.Stuck(nodeId, left));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void change(UnaryOperator<MapEntry> change) {
    for (int i = 0; i < CONTENDED_MAX; i++) {
      if (membership.changeMap(change)) {
        return;
      }
    }
    throw new UnavailableException("The cluster map stayed contended");
  }
}
