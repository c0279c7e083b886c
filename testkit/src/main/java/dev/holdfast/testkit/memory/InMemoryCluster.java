// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorEvent;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one agreed state of a cluster in memory, and the faults that a test may cause. {@link #open}
 * gives each node its coordinator.
 *
 * <p>It is the reference: the simplest thing that keeps every promise of {@link Coordinator}. An
 * entry's version is the revision of its last put, so versions are never reused.
 *
 * <p>Commits answer at once, and so do refusals; only linearizable reads of a lagging node wait, on
 * real time. Leases live on the given clock and move only in {@link #tick}: a cluster made by
 * {@link #realTime()} ticks by itself, with {@link #InMemoryCluster(LongSupplier, Duration, int)}
 * the test does. Thread-safe. Nothing is durable.
 */
public final class InMemoryCluster implements AutoCloseable {
  public static final Duration LEASE_TTL = Duration.ofSeconds(3);
  public static final int DELETION_MARKS_MAX = 100_000;
  public static final int VOTERS_MAX = 5;

  private static final int TICKS_PER_TTL = 10;

  final ReentrantLock lock = new ReentrantLock();
  private final java.util.concurrent.locks.Condition applied = lock.newCondition();
  private final LongSupplier nanoTime;
  private final long ttlNanos;
  private final Replica agreed;
  private final LeaseBook leases = new LeaseBook();
  private final Map<String, MemoryNode> nodes = new TreeMap<>();
  private final MemberList members = new MemberList();
  private @Nullable ScheduledExecutorService ticker;
  private @Nullable String leader;
  private long term;

  /**
   * @param nanoTime the clock of leases, on all nodes
   * @param deletionMarksMax how many deletions are remembered; beyond, {@link
   *     Observation#lastDeleted} answers with a later revision
   */
  public InMemoryCluster(LongSupplier nanoTime, Duration leaseTtl, int deletionMarksMax) {
    this.nanoTime = nanoTime;
    this.ttlNanos = leaseTtl.toNanos();
    this.agreed = new Replica(deletionMarksMax);
  }

  /** A cluster on the given clock that remembers {@link #DELETION_MARKS_MAX} deletions. */
  public InMemoryCluster(LongSupplier nanoTime, Duration leaseTtl) {
    this(nanoTime, leaseTtl, DELETION_MARKS_MAX);
  }

  /** A cluster on the system's clock that renews and expires leases by itself until closed. */
  public static InMemoryCluster realTime() {
    return realTime(LEASE_TTL);
  }

  /** {@link #realTime()} with another TTL of the leases. */
  public static InMemoryCluster realTime(Duration leaseTtl) {
    InMemoryCluster cluster = new InMemoryCluster(System::nanoTime, leaseTtl);
    ScheduledExecutorService ticker =
        Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("memory-leases").unstarted(work));
    cluster.ticker = ticker;
    long period = cluster.ttlNanos / TICKS_PER_TTL;
    var _ = ticker.scheduleAtFixedRate(cluster::tick, period, period, TimeUnit.NANOSECONDS);
    return cluster;
  }

  /**
   * The coordinator of a node. One at a time; after its close the node may be opened again, and
   * finds what it had applied.
   */
  public Coordinator open(String nodeId) {
    return locked(() -> {
      MemoryNode node = node(nodeId);
      if (node.open != null) {
        throw new IllegalStateException("Already open: " + nodeId);
      }
      InMemoryCoordinator coordinator = new InMemoryCoordinator(this, node, ttlNanos);
      node.open = coordinator;
      members.addIfNew(nodeId);
      if (!node.partitioned) {
        reconnect(node);
      }
      if (leader == null) {
        changeLeader(nodeId);
      }
      return coordinator;
    });
  }

  /** {@link #open} as a backend named {@code memory}; only the node id of its settings matters. */
  public CoordinatorFactory factory() {
    return new CoordinatorFactory() {
      @Override
      public String name() {
        return "memory";
      }

      @Override
      public Coordinator open(Settings settings) {
        return InMemoryCluster.this.open(settings.nodeId());
      }
    };
  }

  /** The agreed revision, whatever the nodes have applied. */
  public long revision() {
    return locked(agreed::revision);
  }

  /** From now on the node agrees and commits as before, but applies nothing by itself. */
  public void lag(String nodeId) {
    run(() -> node(nodeId).lagging = true);
  }

  /** A lagging node applies one more transaction. False when there is none. */
  public boolean step(String nodeId) {
    return locked(() -> {
      boolean stepped = node(nodeId).step();
      applied.signalAll();
      return stepped;
    });
  }

  /** Ends {@link #lag}. */
  public void catchUp(String nodeId) {
    run(() -> {
      MemoryNode node = node(nodeId);
      node.currentAtNanos = lastCurrent(node);
      node.lagging = false;
      follow(node);
    });
  }

  /** The node reaches nobody. Its commits meet the given fate, until {@link #heal}. */
  public void partition(String nodeId, CommitFate fateOfCommits) {
    run(() -> {
      MemoryNode node = node(nodeId);
      node.currentAtNanos = lastCurrent(node);
      node.partitioned = true;
      node.fateWhenPartitioned = fateOfCommits;
      renew(node, nanoTime.getAsLong());
      if (nodeId.equals(leader)) {
        nodes.values().stream()
            .filter(other -> other.open != null && !other.partitioned)
            .findFirst()
            .ifPresent(other -> changeLeader(other.id));
      }
    });
  }

  /** Ends {@link #partition}; late commits arrive first. */
  public void heal(String nodeId) {
    run(() -> {
      MemoryNode node = node(nodeId);
      node.partitioned = false;
      deliverLate(nodeId);
      reconnect(node);
    });
  }

  /** The next commit of this node, connected or not, meets this fate. Calls queue up. */
  public void nextCommit(String nodeId, CommitFate fate) {
    run(() -> node(nodeId).nextFates.add(fate));
  }

  /** Commits of this node that are still on their way arrive now. */
  public void deliverLate(String nodeId) {
    run(() -> {
      for (MemoryNode.Late late : node(nodeId).takeLate()) {
        if (leases.isAlive(late.leaseId()) || !late.transaction().isLeased()) {
          var _ = apply(late.transaction(), late.leaseId());
        }
      }
    });
  }

  /**
   * The cluster ends the node's lease and deletes its leased entries. A node that is connected
   * learns it at once and opens a new lease; a partitioned one when its own time is over.
   */
  public void endLease(String nodeId) {
    run(() -> {
      MemoryNode node = node(nodeId);
      if (node.open != null) {
        endLease(node.open.memoryLease().currentId());
        renew(node, nanoTime.getAsLong());
      }
    });
  }

  /** All watches of this node drop what they have not told yet and ask for a scan. */
  public void resync(String nodeId) {
    run(() -> node(nodeId).resync());
  }

  /** Another node leads, in a new term. */
  public void changeLeader(String nodeId) {
    run(() -> {
      String before = leader;
      leader = nodeId;
      term++;
      for (MemoryNode node : nodes.values()) {
        if (node.open != null) {
          if (node.id.equals(before) && !nodeId.equals(before)) {
            node.open.tell(new CoordinatorEvent.BecameFollower(term));
          }
          node.open.tell(new CoordinatorEvent.LeaderElected(nodeId, term));
        }
      }
    });
  }

  /** Renews the leases of connected nodes, then ends those that are over. */
  public void tick() {
    run(() -> {
      long now = nanoTime.getAsLong();
      nodes.values().forEach(node -> renew(node, now));
      leases.expired(now).forEach(this::endLease);
    });
  }

  @Override
  public void close() {
    if (ticker != null) {
      ticker.shutdownNow();
    }
    List<InMemoryCoordinator> open = new ArrayList<>();
    run(() -> nodes.values().forEach(node -> addIfPresent(open, node.open)));
    open.forEach(InMemoryCoordinator::close);
  }

  private static void addIfPresent(
      List<InMemoryCoordinator> open, @Nullable InMemoryCoordinator coordinator) {
    if (coordinator != null) {
      open.add(coordinator);
    }
  }

  // What follows is for the coordinators of this cluster, under its lock.

  CommitResult commit(MemoryNode node, Transaction transaction, long leaseId) {
    if (transaction.isLeased() && !leases.isAlive(leaseId)) {
      throw new UnavailableException("This node has no lease at the moment");
    }
    CommitFate fate = node.nextFates.poll();
    if (fate == null && !node.partitioned) {
      return apply(transaction, leaseId);
    }
    throw switch (fate == null ? node.fateWhenPartitioned : fate) {
      case UNAVAILABLE -> new UnavailableException(node.id + " reaches no majority");
      case UNKNOWN_NOT_APPLIED -> unknown(node);
      case UNKNOWN_APPLIED -> {
        var _ = apply(transaction, leaseId);
        yield unknown(node);
      }
      case UNKNOWN_APPLIED_LATER -> {
        node.deliverLater(new MemoryNode.Late(transaction, leaseId));
        yield unknown(node);
      }
    };
  }

  long raiseRevision(MemoryNode node, long base) {
    if (node.partitioned) {
      throw new UnavailableException(node.id + " reaches no majority");
    }
    if (base > agreed.revision()) {
      publish(new Delta(base, List.of()));
    }
    return agreed.revision();
  }

  private static OutcomeUnknownException unknown(MemoryNode node) {
    return new OutcomeUnknownException(node.id + " got no answer");
  }

  private CommitResult apply(Transaction transaction, long leaseId) {
    List<Observation> failed =
        transaction.conditions().stream()
            .filter(condition -> !agreed.holds(condition))
            .map(Condition::key)
            .distinct()
            .map(agreed::observe)
            .toList();
    if (!failed.isEmpty()) {
      return new CommitResult.Conflict(failed);
    }
    if (!transaction.changes().isEmpty()) {
      long revision = agreed.revision() + 1;
      publish(
          new Delta(
              revision,
              transaction.changes().stream().map(change -> after(change, revision)).toList()));
      transaction.changes().forEach(change -> leases.record(change, leaseId));
    }
    return new CommitResult.Committed(agreed.revision());
  }

  private Observation after(Change change, long revision) {
    return switch (change) {
      case Change.Put put -> present(put.key(), put.value(), revision);
      case Change.PutLeased put -> present(put.key(), put.value(), revision);
      case Change.Delete delete -> absent(delete.key(), revision);
    };
  }

  private Observation present(EntryKey key, Bytes value, long revision) {
    long lastDeleted = agreed.observe(key).lastDeleted();
    return new Observation(key, new Entry(key, value, revision, revision), lastDeleted, revision);
  }

  private static Observation absent(EntryKey key, long revision) {
    return new Observation(key, null, revision, revision);
  }

  private void publish(Delta delta) {
    agreed.apply(delta);
    nodes.values().forEach(node -> node.offer(delta));
    applied.signalAll();
  }

  private void endLease(long leaseId) {
    List<EntryKey> orphans = leases.end(leaseId);
    if (!orphans.isEmpty()) {
      long revision = agreed.revision() + 1;
      publish(new Delta(revision, orphans.stream().map(key -> absent(key, revision)).toList()));
    }
  }

  private void renew(MemoryNode node, long nowNanos) {
    if (node.open == null) {
      return;
    }
    MemoryLease lease = node.open.memoryLease();
    if (node.partitioned) {
      lease.notRenewed(nowNanos);
      return;
    }
    long id = lease.currentId();
    if (id != 0 && (lease.isLost() || !leases.isAlive(id))) {
      lease.lost();
      endLease(id);
      id = 0;
    }
    if (id == 0) {
      id = leases.grant(nowNanos + ttlNanos);
    }
    leases.extend(id, nowNanos + ttlNanos);
    lease.renewed(id, nowNanos, agreed.revision());
  }

  private void reconnect(MemoryNode node) {
    renew(node, nanoTime.getAsLong());
    follow(node);
  }

  private void follow(MemoryNode node) {
    if (!node.lagging && !node.partitioned) {
      node.catchUp(agreed);
      applied.signalAll();
    }
  }

  void requireOpen(InMemoryCoordinator coordinator, MemoryNode node) {
    if (node.open != coordinator) {
      throw new UnavailableException("The coordinator of " + node.id + " is closed");
    }
  }

  /** Returns when the node has applied all that is agreed at the time of the call. */
  void awaitApplied(InMemoryCoordinator coordinator, MemoryNode node, Duration timeout) {
    long target = agreed.revision();
    long nanosLeft = timeout.toNanos();
    while (true) {
      requireOpen(coordinator, node);
      if (node.partitioned) {
        throw new UnavailableException(node.id + " reaches no majority");
      }
      if (node.view.revision() >= target) {
        return;
      }
      if (nanosLeft <= 0) {
        throw new UnavailableException(node.id + " did not catch up within " + timeout);
      }
      try {
        nanosLeft = applied.awaitNanos(nanosLeft);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnavailableException("Interrupted", e);
      }
    }
  }

  long ageMillis(MemoryNode node) {
    return (nanoTime.getAsLong() - lastCurrent(node)) / 1_000_000;
  }

  private long lastCurrent(MemoryNode node) {
    return node.lagging || node.partitioned ? node.currentAtNanos : nanoTime.getAsLong();
  }

  /** False when it had left before. */
  boolean left(InMemoryCoordinator coordinator, MemoryNode node) {
    if (node.open != coordinator) {
      return false;
    }
    MemoryLease lease = coordinator.memoryLease();
    if (!node.partitioned) {
      endLease(lease.currentId());
    }
    lease.lost();
    node.open = null;
    applied.signalAll();
    return true;
  }

  CoordinatorStatus status(MemoryNode node) {
    return locked(() ->
        new CoordinatorStatus(
            "memory",
            node.partitioned ? null : leader,
            members.ids(true),
            members.ids(false),
            node.view.revision(),
            node.partitioned ? -1 : agreed.revision() - node.view.revision(),
            node.partitioned ? 0 : term));
  }

  List<Voters.Member> members() {
    return locked(members::all);
  }

  void addMember(Voters.Member member) {
    run(() -> members.add(member));
  }

  void removeMember(String nodeId) {
    run(() -> members.remove(nodeId));
  }

  private MemoryNode node(String nodeId) {
    return nodes.computeIfAbsent(
        nodeId, id -> new MemoryNode(id, new Replica(agreed), nanoTime.getAsLong()));
  }

  <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  private void run(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }
}
