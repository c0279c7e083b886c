// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.node.cluster.ClusterMessages.Admit;
import dev.holdfast.node.cluster.ClusterMessages.Admitted;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node a member: asks to be admitted to agreement while nobody counts it, and writes its
 * row of the cluster map, its incarnation and its lease entry whenever a new lease is held. One
 * thread owns all of it.
 */
public final class Membership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ADMIT_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** A founder has a leader long before; only a node that nobody counts asks to be admitted. */
  private static final long ROUNDS_BEFORE_ADMIT = 40;

  /** One that moved, or whose others did: they must hear of it before there can be a leader. */
  private static final long ROUNDS_BEFORE_ASK = 10;

  private final MapEntry.NodeEntry self;
  private final PeerAddresses addressBook;
  private final Coordinator coordinator;
  private final PeerNetwork peers;
  private final Supplier<Set<String>> peerAddresses;
  private final Thread thread;
  private volatile boolean closed;
  private final Runnable onRemoved;
  private final Optional<String> awaitedFrom;
  private final Copies copies;
  private volatile long registeredLease;

  /** Why others do not let this node take part; empty when none has said so. */
  private volatile String refusal = "";

  /**
   * @param awaitedFrom the cluster whose state is to be imported before clients come; the first
   *     commit of a member says so to all
   * @param copies asked when this node registers
   * @param onRemoved told when the operator took this node out of the cluster, perhaps repeatedly
   */
  public Membership(
      SelfRow self,
      Coordinator coordinator,
      PeerNetwork peers,
      PeerAddresses addressBook,
      Supplier<Set<String>> peerAddresses,
      Optional<String> awaitedFrom,
      Copies copies,
      Runnable onRemoved) {
    this.addressBook = addressBook;
    this.onRemoved = onRemoved;
    this.awaitedFrom = awaitedFrom;
    this.copies = copies;
    this.self = self.asActive();
    this.coordinator = coordinator;
    this.peers = peers;
    this.peerAddresses = peerAddresses;
    peers.serve(Admit.class, (from, request) -> admit(request.node()));
    peers.serve(ClusterMessages.Leave.class, (from, leave) -> leave(leave.incarnation()));
    this.thread = Thread.ofPlatform().name("membership").unstarted(this::run);
  }

  /** The copies of objects on this node, which may be lost without anything else. */
  public interface Copies {
    /** Whether the cluster may still count copies that are gone. */
    boolean areNew();

    /** The cluster knows. Durable when it returns. */
    void announced();
  }

  /** Call once. Returns at once; {@link #isRegistered} tells when the node is a member. */
  public void start() {
    thread.start();
  }

  public boolean isRegistered() {
    long lease = coordinator.lease().id();
    return lease != 0 && lease == registeredLease;
  }

  /** Empty, or why this node is no member now, for operators. */
  public Optional<String> fault() {
    if (isRegistered()) {
      return Optional.empty();
    }
    String told = refusal;
    return Optional.of(told.isEmpty() ? "not registered in the cluster map yet" : told);
  }

  private void run() {
    long roundsOutside = 0;
    while (!closed) {
      try {
        if (!takesPart()) {
          if (++roundsOutside % ROUNDS_BEFORE_ASK == 0) {
            addressBook.ask(peerAddresses);
          }
          if (roundsOutside % ROUNDS_BEFORE_ADMIT == 0) {
            askToBeAdmitted();
          }
        } else {
          roundsOutside = 0;
          NodeLease lease = coordinator.lease();
          if (lease.state() == NodeLease.State.CONNECTED && lease.id() != registeredLease) {
            register(lease.id());
          }
        }
      } catch (CoordinatorException e) {
        LOG.info("Not a member yet: {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("Membership failed, trying again", e);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** It hears from a leader, and as far as it knows the leader counts it. */
  private boolean takesPart() {
    return coordinator.status().leader() != null
        && coordinator
            .voters()
            .map(voters ->
                voters.current().stream()
                    .anyMatch(member ->
                        member.nodeId().equals(self.id())
                            && member.incarnation().equals(self.incarnation())))
            .orElse(true);
  }

  /** One commit: the row of the map and the incarnation if they differ, and the lease entry. */
  private void register(long leaseId) {
    EntryKey incarnationKey = Keys.incarnation(self.id());
    List<Observation> seen =
        coordinator.read(
            List.of(
                Keys.CLUSTER_MAP,
                incarnationKey,
                Keys.removed(self.id(), self.incarnation()),
                Keys.CLUSTER_IMPORT),
            COMMIT_TIMEOUT);
    if (seen.get(2).isPresent()) {
      onRemoved.run();
      return;
    }
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.PutLeased(Keys.lease(self.id()), LeaseEntries.encode(leaseId)));
    Bytes incarnation = Bytes.utf8(self.incarnation());
    Entry known = seen.get(1).entry();
    boolean areNew = copies.areNew();
    if (known == null || !known.value().equals(incarnation) || areNew) {
      // Otherwise it is left alone: its version guards the copies on this node (R23).
      changes.add(new Change.Put(incarnationKey, incarnation));
    }
    MapEntry map = decode(seen.getFirst());
    MapEntry.NodeEntry row = merged(map);
    if (!map.node(self.id()).equals(Optional.of(row))) {
      changes.add(new Change.Put(Keys.CLUSTER_MAP, map.with(row).encode()));
    }
    if (awaitedFrom.isPresent() && !seen.get(3).isPresent()) {
      changes.add(
          new Change.Put(Keys.CLUSTER_IMPORT, ImportEntry.awaited(awaitedFrom.get()).encode()));
    }
    List<Condition> unchanged = seen.stream().map(Observation::unchanged).toList();
    CommitResult result = coordinator.commit(new Transaction(unchanged, changes), COMMIT_TIMEOUT);
    if (result instanceof CommitResult.Committed) {
      if (areNew) {
        copies.announced();
      }
      registeredLease = leaseId;
      LOG.info("{} is a member, lease {}", self.id(), leaseId);
    }
  }

  /** This node's row; the state in the map is the operator's word, and outlives a restart. */
  private MapEntry.NodeEntry merged(MapEntry map) {
    return map.node(self.id())
        .filter(known -> known.incarnation().equals(self.incarnation()))
        .map(known -> self.inState(known.state()))
        .orElse(self);
  }

  /**
   * Changes the cluster map by compare-and-set.
   *
   * @return false when it was contended; try again
   */
  boolean changeMap(UnaryOperator<MapEntry> change) {
    Observation seen = coordinator.read(Keys.CLUSTER_MAP, COMMIT_TIMEOUT);
    MapEntry before = decode(seen);
    MapEntry after = change.apply(before);
    if (after.equals(before)) {
      return true;
    }
    Transaction put =
        new Transaction(
            List.of(seen.unchanged()), List.of(new Change.Put(Keys.CLUSTER_MAP, after.encode())));
    return coordinator.commit(put, COMMIT_TIMEOUT) instanceof CommitResult.Committed;
  }

  /** As the cluster agreed on it, whatever this node has applied. */
  MapEntry map() {
    return decode(mapEntry());
  }

  Observation mapEntry() {
    return coordinator.read(Keys.CLUSTER_MAP, COMMIT_TIMEOUT);
  }

  static MapEntry decode(Observation map) {
    return map.entry() == null ? MapEntry.EMPTY : MapEntry.decode(map.entry().value());
  }

  private void askToBeAdmitted() {
    Admit request = new Admit(new Founder(self.id(), self.incarnation(), self.raft()));
    for (String address : peerAddresses.get()) {
      try {
        Admitted answer = peers.callAddress(address, request, ADMIT_TIMEOUT);
        if (answer.refusal() == null) {
          refusal = "";
          LOG.info("Admitted to agreement by {}", address);
          return;
        }
        if (answer.removed()) {
          onRemoved.run();
          return;
        }
        if (!answer.refusal().equals(refusal)) {
          refusal = answer.refusal();
          LOG.warn("{} does not admit {}: {}", address, self.id(), refusal);
        }
      } catch (PeerException e) {
        LOG.debug("{} cannot admit {} now: {}", address, self.id(), e.getMessage());
      }
    }
  }

  /** Serves {@link Admit}: any member may do it, the change itself goes through the log. */
  private Admitted admit(Founder node) {
    if (coordinator.status().leader() == null) {
      return new Admitted("There is no leader yet", false);
    }
    if (coordinator.read(Keys.removed(node.id(), node.incarnation()), COMMIT_TIMEOUT).isPresent()) {
      return new Admitted("It was removed from the cluster", true);
    }
    Observation incarnation = coordinator.read(Keys.incarnation(node.id()), COMMIT_TIMEOUT);
    Observation lease = coordinator.read(Keys.lease(node.id()), COMMIT_TIMEOUT);
    boolean other =
        incarnation.entry() != null
            && !incarnation.entry().value().equals(Bytes.utf8(node.incarnation()));
    if (other && lease.isPresent()) {
      return new Admitted(
          "A node " + node.id() + " with other data is alive. Stop it, or choose another --id",
          false);
    }
    // A backend with servers of its own has no voters: there a node admits itself when it
    // registers.
    Voters.Member member = new Voters.Member(node.id(), node.incarnation(), node.raft(), true);
    coordinator.voters().ifPresent(voters -> voters.add(member, ADMIT_TIMEOUT));
    return new Admitted(null, false);
  }

  /** The incarnation guards against a late word to a node that came back with an empty folder. */
  ClusterMessages.Left leave(String incarnation) {
    if (incarnation.equals(self.incarnation())) {
      onRemoved.run();
    }
    return new ClusterMessages.Left(self.id());
  }

  @Override
  public void close() {
    closed = true;
    if (thread.getState() == Thread.State.NEW) {
      return; // the node did not get that far
    }
    LockSupport.unpark(thread);
    try {
      thread.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
