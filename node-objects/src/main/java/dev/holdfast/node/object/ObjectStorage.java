// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.cluster.Removal;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.DamageListener;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.Scrub;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires the feature and runs its background threads: one works off the replication queue, one
 * compares states (catch-up, and records that stayed staged), one reads what the disk keeps, and
 * one heals what turns out to be damaged.
 */
public final class ObjectStorage implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObjectStorage.class);
  private static final long RETRY_MILLIS = 1_000;

  /** Between two looks at a queue in which nothing can be done: doubles from one to the other. */
  private static final long IDLE_MILLIS_MIN = 250;

  private static final long IDLE_MILLIS_MAX = 5_000;

  /** An empty queue is looked at when something comes into it, and so often to be sure. */
  private static final long EMPTY_MILLIS = 60_000;

  /** For room among the bodies under way; then the request is refused as overload. */
  private static final Duration BUFFER_WAIT = Duration.ofSeconds(10);

  private final ClusterView cluster;
  private final LongSupplier nanos;
  private final ObjectSettings settings;
  private final ObjectService service;
  private final UploadService uploads;
  private final UploadSweeper uploadSweeper;
  private final Replication replication;
  private final CatchUp catchUp;
  private final StagedSweeper sweeper;
  private final ReplicaMover mover;
  private final CopyRemover remover;
  private final ReturnCheck returnCheck;
  private final StoreStart start;
  private final Quarantine quarantine;
  private final TombstoneReaper.Means reaping;
  private final TombstoneReaper reaper;
  private final Reconciler reconciler;
  private final Reach reach;
  private final LocalStore store;
  private final Replicas replicas;
  private final ChunkHealer healer;
  private final Scrub scrub;

  /** A permit says that the queue is worth a look. */
  private final Semaphore queued = new Semaphore(0);

  private final AtomicLong looks = new AtomicLong();
  private final Semaphore ended = new Semaphore(0);

  /** A permit asks for a catch-up now. */
  private final Semaphore wakeUps = new Semaphore(1);

  /** A permit says that branches are worth a look. */
  private final Semaphore branchWork = new Semaphore(0);

  private final AtomicLong comparisons = new AtomicLong();

  private volatile boolean closed;
  private volatile BooleanSupplier knowsHeads = () -> false;

  /**
   * What it needs from the node.
   *
   * @param policyName recorded with each head
   * @param policy guarded: throws nothing, and answers in time
   * @param nanos monotonic
   * @param conflicts told once of each branch that does not come after the confirmed head
   * @param merges what merges branches; the first that handles a type does. None: by hand
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
      RandomGenerator random,
      ConflictListener conflicts,
      List<MergeRule> merges) {}

  /** Registers the handlers of peer requests, so before the network starts. */
  public ObjectStorage(Parts parts, ObjectSettings settings) {
    this.cluster = parts.cluster;
    this.store = parts.store;
    this.nanos = parts.nanos;
    this.settings = settings;
    String self = cluster.self();
    Agreement agreement = new Agreement(parts.coordinator, settings.deadline());
    InTouch inTouch = new InTouch(parts.coordinator);
    this.replicas =
        new Replicas(
            self, parts.store, parts.network, settings.peerTimeout(), inTouch, parts.clock);
    Placement placement = new Placement(cluster, parts.policyName, parts.policy, settings.copies());
    this.mover =
        new ReplicaMover(
            parts.coordinator, agreement, placement, replicas, settings.deadline(), parts.nanos);
    this.remover = new CopyRemover(parts.store, agreement, placement, replicas);
    this.reach = new Reach(cluster, parts.network, settings.cutOffAfter(), parts.nanos);
    this.reaping =
        new TombstoneReaper.Means(
            cluster,
            parts.coordinator,
            agreement,
            replicas,
            parts.store.records(),
            parts.store.deletions(parts.clock),
            settings.tombstoneRetention(),
            settings.deadline(),
            parts.clock,
            parts.store.meter(),
            () -> knowsHeads.getAsBoolean());
    this.reaper = reaper(TombstoneReaper.Steps.NONE);
    this.returnCheck =
        new ReturnCheck(self, agreement, reach, replicas, parts.store.records(), inTouch, reaper);
    this.start =
        new StoreStart(
            self, parts.coordinator, parts.store.records().starts(), settings.deadline());
    Drafts drafts = new Drafts(parts.store.records(), start, parts.clock);
    BranchWriter branches =
        new BranchWriter(
            self,
            reach,
            placement,
            agreement,
            replicas,
            parts.store.records(),
            drafts,
            new Repeats(cluster, replicas),
            settings,
            branchWork::release,
            parts.nanos);
    Confirmer confirmer =
        new Confirmer(
            self, placement, agreement, replicas, reach, returnCheck, settings, parts.nanos);
    ObjectWriter writer =
        new ObjectWriter(
            cluster,
            placement,
            agreement,
            replicas,
            drafts,
            parts.fences,
            new WriteTurns(cluster, parts.network, settings.peerTimeout(), parts.nanos),
            settings,
            reach,
            branches,
            parts.nanos,
            parts.random);
    ObjectReader reader = new ObjectReader(cluster, replicas);
    BodyBuffers buffers = new BodyBuffers(settings.bufferBytes(), BUFFER_WAIT);
    UploadLeases leases = new UploadLeases(agreement, settings.uploads(), parts.clock);
    this.uploads =
        new UploadService(
            agreement,
            placement,
            leases,
            new UploadChunks(new UploadNodes(cluster, replicas), replicas),
            buffers,
            parts.store.space(),
            parts.random);
    this.uploadSweeper = new UploadSweeper(leases, parts.store.records().uploads());
    this.service =
        new ObjectService(
            cluster,
            writer,
            reader,
            new ObjectLister(cluster, replicas),
            new Finder(self, reach, agreement, reader, replicas),
            confirmer,
            new Histories(reach, agreement, replicas),
            new ConflictLister(cluster, reach, agreement, replicas),
            parts.store.space(),
            buffers);
    this.reconciler =
        new Reconciler(
            cluster,
            agreement,
            placement,
            replicas,
            confirmer,
            new Merger(self, reach, agreement, replicas, reader, service, parts.merges),
            parts.store.records(),
            parts.conflicts);
    this.replication =
        new Replication(
            cluster, agreement, replicas, reach, parts.store.records(), settings, parts.nanos);
    this.catchUp = new CatchUp(self, parts.coordinator, parts.store.records(), settings.deadline());
    this.sweeper =
        new StagedSweeper(
            self, agreement, replicas, parts.store.records(), settings.stagedAfter(), parts.nanos);
    this.quarantine =
        new Quarantine(
            new Quarantine.Means(
                cluster,
                agreement,
                placement,
                replicas,
                parts.store.records(),
                start,
                parts.store.deletions(parts.clock),
                parts.network,
                settings.peerTimeout(),
                branchWork::release));
    this.healer = new ChunkHealer(cluster, replicas, parts.store.meter());
    this.scrub = parts.store.scrub(Scrub.Pace.DEFAULT, parts.clock);
    parts.store.records().onQueued(queued::release);
    parts.store.onDamage(new Healing());
    cluster.onChange(() -> {
      replication.everythingIsDue();
      queued.release();
      wakeUps.release();
      branchWork.release();
    });
  }

  private final class Healing implements DamageListener {
    @Override
    public void chunk(ChunkRef ref) {
      healer.isDamaged(ref);
    }

    @Override
    public void row() {
      wakeUps.release();
    }
  }

  /** The use cases, for {@link ObjectRoutes}. */
  public ObjectService service() {
    return service;
  }

  /** Uploads that are not finished, for {@link UploadRoutes}. */
  UploadService uploads() {
    return uploads;
  }

  UploadSweeper uploadSweeper() {
    return uploadSweeper;
  }

  /** Unfinished uploads that keep chunks here. */
  public long openUploads() {
    return store.records().uploads().count();
  }

  /**
   * Moves copies off a node that is draining, for a while; blocking.
   *
   * @throws dev.holdfast.spi.coordinator.UnavailableException to be asked again
   */
  public Removal.Drained drain(String nodeId) {
    return mover.drain(nodeId);
  }

  /** Moves copies of single keys, for repair. */
  public ReplicaMover mover() {
    return mover;
  }

  /** Removes copies of this node that nobody needs, for cleanup. */
  public CopyRemover remover() {
    return remover;
  }

  /** Copies that this node still has to fetch, or to tell others of. */
  public long queuedCopies() {
    return store.records().queueSize();
  }

  /** How often this process has compared all heads with what it holds; 0 while it never has. */
  public long comparisons() {
    return comparisons.get();
  }

  /** Records of writes whose outcome is open here: a moment after the last write there are none. */
  public long stagedRecords() {
    return store.records().stagedCount();
  }

  /** How often the queue was looked at: an idle node does so once a minute. */
  long looks() {
    return looks.get();
  }

  /** Provisional versions without a successor here: those that are in conflict stay. */
  public long branches() {
    return store.records().branches().count();
  }

  /** Forgets old deletions, for what cleans up. */
  public TombstoneReaper reaper() {
    return reaper;
  }

  TombstoneReaper reaper(TombstoneReaper.Steps steps) {
    return new TombstoneReaper(reaping, steps);
  }

  /** Versions that wait for an operator here. */
  public long quarantined() {
    return store.records().quarantine().count();
  }

  /** What an operator does with them, for {@link QuarantineRoutes}. */
  Quarantine quarantine() {
    return quarantine;
  }

  StoreStart storeStart() {
    return start;
  }

  ReturnCheck returnCheck() {
    return returnCheck;
  }

  Reconciler reconciler() {
    return reconciler;
  }

  Replicas replicas() {
    return replicas;
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
    run("replication-queue", this::replicate);
    run("object-upkeep", this::upkeep);
    run("branch-reconciler", this::reconcile);
    run("chunk-healer", this::heal);
    run("scrub", this::scrub);
  }

  private static void run(String name, Runnable work) {
    Thread.ofVirtual().name(name).start(work);
  }

  private void replicate() {
    long idleMillis = IDLE_MILLIS_MIN;
    while (!closed) {
      try {
        looks.incrementAndGet();
        boolean isMoving = replication.runOnce() > 0;
        if (isMoving) {
          idleMillis = IDLE_MILLIS_MIN;
        } else {
          boolean isEmpty = store.records().queueSize() == 0;
          boolean wokenUp =
              queued.tryAcquire(isEmpty ? EMPTY_MILLIS : idleMillis, TimeUnit.MILLISECONDS);
          queued.drainPermits();
          idleMillis =
              wokenUp || isEmpty ? IDLE_MILLIS_MIN : Math.min(2 * idleMillis, IDLE_MILLIS_MAX);
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

  private void reconcile() {
    long due = nanos.getAsLong();
    while (!closed) {
      try {
        boolean wokenUp = branchWork.tryAcquire(RETRY_MILLIS, TimeUnit.MILLISECONDS);
        branchWork.drainPermits();
        boolean isAlone = reach.isCutOff();
        if (isAlone) {
          returnCheck.isCutOff();
        }
        if (closed || isAlone || (!wokenUp && nanos.getAsLong() - due < 0)) {
          continue;
        }
        start.ensureCounted();
        long begun = returnCheck.begin();
        boolean hasBranches = store.records().branches().count() > 0;
        boolean isWaiting = hasBranches && reconciler.runOnce() > 0;
        if (!hasBranches || reconciler.wasCertain()) {
          returnCheck.touched(begun);
        }
        due = nanos.getAsLong() + (isWaiting ? 0 : settings.catchUpEvery().toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (ObjectException e) {
        log.debug("Branches wait for a majority", e);
        due = nanos.getAsLong();
      } catch (RuntimeException e) {
        if (!closed) {
          log.warn("The branches could not be settled and are tried again", e);
        }
        due = nanos.getAsLong();
      }
    }
  }

  private void heal() {
    while (!closed) {
      try {
        if (!healer.healNext()) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        if (!closed) {
          log.warn("A damaged chunk could not be healed", e);
        }
      }
    }
  }

  private void scrub() {
    while (!closed) {
      try {
        scrub.run(duration -> !ended.tryAcquire(duration.toNanos(), TimeUnit.NANOSECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        if (!closed) {
          log.warn("The scrub failed and goes on", e);
        }
        pause();
      }
    }
  }

  private void upkeep() {
    ComparisonPace pace = new ComparisonPace(settings.catchUpEvery(), nanos);
    long every = Math.max(1, settings.stagedAfter().toNanos() / 4);
    while (!closed) {
      try {
        if (wakeUps.tryAcquire(Math.min(every, pace.nanosToNext()), TimeUnit.NANOSECONDS)) {
          wakeUps.drainPermits();
          pace.hasten();
        }
        if (pace.nanosToNext() == 0) {
          pace.begin();
          catchUp.runOnce();
          pace.end();
          uploadSweeper.runOnce();
          comparisons.incrementAndGet();
        }
        if (knowsHeads.getAsBoolean()) {
          sweeper.runOnce();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (CoordinatorException | ObjectException.Unavailable e) {
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
    // Never interrupted: that would close files under their feet.
    ended.release();
    wakeUps.release();
    queued.release();
    branchWork.release();
    healer.close();
  }
}
