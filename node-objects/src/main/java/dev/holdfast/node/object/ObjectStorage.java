package dev.holdfast.node.object;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.cluster.Removal;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires the feature and runs its two background threads: one works off the replication queue, the
 * other compares states (catch-up, and records that stayed staged).
 */
public final class ObjectStorage implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObjectStorage.class);
  private static final long IDLE_MILLIS = 250;
  private static final long RETRY_MILLIS = 1_000;

  private final ClusterView cluster;
  private final LongSupplier nanos;
  private final ObjectSettings settings;
  private final ObjectRoutes routes;
  private final ObjectService service;
  private final Replication replication;
  private final CatchUp catchUp;
  private final StagedSweeper sweeper;
  private final HolderRepair repair;
  private final NodeStore queue;

  /** A permit asks for a catch-up now. */
  private final Semaphore wakeUps = new Semaphore(1);

  private final AtomicLong comparisons = new AtomicLong();

  private volatile boolean closed;
  private volatile BooleanSupplier knowsHeads = () -> false;

  /**
   * What it needs from the node.
   *
   * @param policyName recorded with each head
   * @param policy guarded: throws nothing, and answers in time
   * @param nanos monotonic
   */
  public record Parts(
      ClusterView cluster,
      Coordinator coordinator,
      PeerNetwork network,
      Fences fences,
      String policyName,
      PlacementPolicy policy,
      LocalStore store,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random) {}

  /** Registers the handlers of peer requests, so before the network starts. */
  public ObjectStorage(Parts parts, ObjectSettings settings) {
    this.cluster = parts.cluster;
    this.queue = parts.store.records();
    this.nanos = parts.nanos;
    this.settings = settings;
    String self = cluster.self();
    Agreement agreement = new Agreement(parts.coordinator, settings.deadline());
    Holders holders = new Holders(self, parts.store, parts.network, settings.peerTimeout());
    Placement placement = new Placement(cluster, parts.policyName, parts.policy, settings.copies());
    this.repair =
        new HolderRepair(parts.coordinator, agreement, placement, holders, settings.deadline());
    ObjectWriter writer =
        new ObjectWriter(
            cluster,
            placement,
            agreement,
            holders,
            parts.store.records(),
            parts.fences,
            settings,
            parts.clock,
            parts.random);
    this.service =
        new ObjectService(
            cluster,
            agreement,
            writer,
            new ObjectReader(cluster, holders),
            new ObjectLister(cluster, holders),
            holders,
            parts.store.space(),
            new BodyBuffers(settings.bufferBytes(), settings.deadline()));
    this.routes = new ObjectRoutes(service, parts.clock);
    this.replication =
        new Replication(cluster, agreement, holders, parts.store.records(), settings, parts.nanos);
    this.catchUp = new CatchUp(self, parts.coordinator, parts.store.records(), settings.deadline());
    this.sweeper =
        new StagedSweeper(
            self, agreement, holders, parts.store.records(), settings.stagedAfter(), parts.nanos);
    cluster.onChange(() -> {
      replication.everythingIsDue();
      wakeUps.release();
    });
  }

  public Routes routes() {
    return routes;
  }

  /**
   * Moves copies off a node that is draining, for a while; blocking.
   *
   * @throws dev.holdfast.spi.coordinator.UnavailableException to be asked again
   */
  public Removal.Drained drain(String nodeId) {
    return repair.drain(nodeId);
  }

  /** Copies that this node still has to fetch, or to tell others of. */
  public long queuedCopies() {
    return queue.queueSize();
  }

  /** How often this process has compared all heads with what it holds; 0 while it never has. */
  public long comparisons() {
    return comparisons.get();
  }

  ObjectService service() {
    return service;
  }

  Replication replication() {
    return replication;
  }

  CatchUp catchUp() {
    return catchUp;
  }

  StagedSweeper sweeper() {
    return sweeper;
  }

  /**
   * Starts the background work. After the network has started.
   *
   * @param knowsHeads false while heads may be missing here that were agreed on: until then no copy
   *     is taken for one whose write failed
   */
  public void start(BooleanSupplier knowsHeads) {
    this.knowsHeads = knowsHeads;
    Thread.ofVirtual().name("replication-queue").start(this::replicate);
    Thread.ofVirtual().name("object-upkeep").start(this::upkeep);
  }

  private void replicate() {
    while (!closed) {
      try {
        if (replication.runOnce() == 0) {
          Thread.sleep(IDLE_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        if (!closed) {
          log.warn("The replication queue failed and goes on", e);
        }
        pause();
      }
    }
  }

  private void upkeep() {
    long catchUpDue = nanos.getAsLong();
    long every = Math.max(1, settings.stagedAfter().toMillis() / 4);
    while (!closed) {
      try {
        boolean wokenUp =
            wakeUps.tryAcquire(
                Math.min(every, settings.catchUpEvery().toMillis()), TimeUnit.MILLISECONDS);
        wakeUps.drainPermits();
        if (wokenUp || nanos.getAsLong() - catchUpDue >= 0) {
          catchUp.runOnce();
          comparisons.incrementAndGet();
          catchUpDue = nanos.getAsLong() + settings.catchUpEvery().toNanos();
        }
        if (knowsHeads.getAsBoolean()) {
          sweeper.runOnce();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (CoordinatorException e) {
        log.debug("The upkeep of objects has to wait", e);
        pause();
        wakeUps.release();
      } catch (RuntimeException e) {
        if (!closed) {
          log.warn("The upkeep of objects failed and goes on", e);
        }
        pause();
      }
    }
  }

  private void pause() {
    try {
      Thread.sleep(Duration.ofMillis(RETRY_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the background work; a step may still be under way. */
  @Override
  public void close() {
    closed = true;
    wakeUps.release();
  }
}
