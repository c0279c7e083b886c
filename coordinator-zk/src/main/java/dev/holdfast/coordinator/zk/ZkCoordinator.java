// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorServer;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.coordinator.support.LocalLease;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The contract on this node. */
final class ZkCoordinator implements Coordinator {
  private static final int SCAN_LIMIT_MAX = 10_000;

  /** Until two reads of several cold entries agree. */
  private static final int SNAPSHOT_ATTEMPTS_MAX = 1_000;

  private final ZkOptions options;
  private final ZkPaths paths;
  private final ZkLink link;
  private final Mirror mirror;
  private final ColdHeads heads;
  private final Lookup lookup;
  private final ReadBarrier barrier;
  private final Committer committer;
  private final RevisionRaise raise;
  private final LocalLease lease;
  private final WatchDelivery<Observation> watches;
  private final EnsembleProbe probe;
  private final AtomicLong caughtUp;
  private final LongSupplier nanos;

  ZkCoordinator(
      ZkOptions options,
      ZkPaths paths,
      ZkLink link,
      Mirror mirror,
      ColdHeads heads,
      Lookup lookup,
      ReadBarrier barrier,
      Committer committer,
      RevisionRaise raise,
      LocalLease lease,
      WatchDelivery<Observation> watches,
      EnsembleProbe probe,
      AtomicLong caughtUp,
      LongSupplier nanos) {
    this.options = options;
    this.paths = paths;
    this.link = link;
    this.mirror = mirror;
    this.heads = heads;
    this.lookup = lookup;
    this.barrier = barrier;
    this.committer = committer;
    this.raise = raise;
    this.lease = lease;
    this.watches = watches;
    this.probe = probe;
    this.caughtUp = caughtUp;
    this.nanos = nanos;
  }

  @Override
  public List<Observation> read(List<EntryKey> keys, Duration timeout) {
    Deadline deadline = Deadline.after(timeout, nanos);
    try {
      barrier.pass(deadline);
      List<Observation> seen = readProven(keys, deadline);
      return link.revisions(deadline).told(seen);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private List<Observation> readProven(List<EntryKey> keys, Deadline deadline)
      throws InterruptedException {
    if (keys.stream().anyMatch(key -> ZkPaths.isCold(key.kind()))) {
      return readCold(keys, deadline);
    }
    if (keys.size() > 1) {
      return Waiting.forAnswer(mirror.snapshot(keys), deadline);
    }
    Observation seen = mirror.observe(keys.getFirst());
    // The bucket of an absent key knows when it was deleted.
    return seen.isPresent() ? List.of(seen) : readAbsent(keys, deadline);
  }

  private List<Observation> readAbsent(List<EntryKey> keys, Deadline deadline)
      throws InterruptedException {
    return lookup.of(keys, link.usable(deadline), deadline).values().stream()
        .map(Known::observation)
        .toList();
  }

  private static UnavailableException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new UnavailableException("Interrupted", e);
  }

  /** What is the same before and after a moment was so at that moment: no zxid comes twice. */
  private List<Observation> readCold(List<EntryKey> keys, Deadline deadline)
      throws InterruptedException {
    for (int attempt = 0; attempt < SNAPSHOT_ATTEMPTS_MAX; attempt++) {
      Map<EntryKey, Known> before = readAnew(keys, deadline);
      if (keys.size() == 1) {
        return before.values().stream().map(Known::observation).toList();
      }
      long revision = mirror.seen();
      Map<EntryKey, Known> after = readAnew(keys, deadline);
      boolean same = keys.stream().allMatch(key -> zxid(before, key) == zxid(after, key));
      if (same) {
        return keys.stream().map(key -> at(revision, Known.in(after, key))).toList();
      }
    }
    throw new UnavailableException("The keys are changed all the time");
  }

  private Map<EntryKey, Known> readAnew(List<EntryKey> keys, Deadline deadline)
      throws InterruptedException {
    return lookup.anew(keys, link.usable(deadline), deadline);
  }

  private static long zxid(Map<EntryKey, Known> known, EntryKey key) {
    Cell cell = Known.in(known, key).cell();
    return cell == null ? 0 : cell.zxid();
  }

  private static Observation at(long revision, Known known) {
    Observation seen = known.observation();
    return new Observation(
        seen.key(), seen.entry(), Math.min(seen.lastDeleted(), revision), revision);
  }

  @Override
  public LocalObservation readLocal(EntryKey key) {
    LocalObservation seen =
        ZkPaths.isCold(key.kind())
            ? heads.local(key)
            : new LocalObservation(mirror.observe(key), ageMillis());
    return new LocalObservation(mirror.revisions().told(seen.observation()), seen.ageMillis());
  }

  private long ageMillis() {
    long last = caughtUp.get();
    return last == Long.MIN_VALUE
        ? -1
        : Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - last));
  }

  @Override
  public Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout) {
    requireLimit(limit);
    Deadline deadline = Deadline.after(timeout, nanos);
    try {
      barrier.pass(deadline);
      boolean inCold = after != null && ZkPaths.isCold(after.kind());
      long revision = mirror.applied();
      List<Entry> entries =
          new ArrayList<>(inCold ? List.of() : mirror.scan(prefix, after, limit + 1));
      if (entries.size() <= limit && ColdScan.has(prefix)) {
        ColdScan cold = new ColdScan(paths, link.usable(deadline).requests(), deadline);
        entries.addAll(cold.page(prefix, inCold ? after : null, limit + 1 - entries.size()));
      }
      return page(entries, limit, revision, link.revisions(deadline));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  @Override
  public Page scanLocal(String prefix, @Nullable EntryKey after, int limit) {
    requireLimit(limit);
    long revision = mirror.applied();
    return page(mirror.scan(prefix, after, limit + 1), limit, revision, mirror.revisions());
  }

  private static Page page(List<Entry> found, int limit, long zxid, Revisions revisions) {
    boolean more = found.size() > limit;
    List<Entry> entries = found.stream().limit(limit).map(revisions::told).toList();
    return new Page(entries, more ? entries.getLast().key() : null, revisions.revision(zxid));
  }

  private static void requireLimit(int limit) {
    if (limit < 1 || limit > SCAN_LIMIT_MAX) {
      throw new IllegalArgumentException(
          "A page has 1 to " + SCAN_LIMIT_MAX + " entries, not " + limit);
    }
  }

  @Override
  public CommitResult commit(Transaction transaction, Duration timeout) {
    try {
      return committer.commit(transaction, Deadline.after(timeout, nanos));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  @Override
  public long raiseRevision(long base, Duration timeout) {
    try {
      return raise.to(base, Deadline.after(timeout, nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException("Interrupted", e);
    }
  }

  /** Entries of ended leases; whoever comes first removes them. */
  void sweep(List<Cell> ended) {
    try {
      committer.sweep(ended, Deadline.after(Duration.ofSeconds(30), nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (CoordinatorException _) {
      // They count as deleted all the same, and the next load finds them again.
    }
  }

  @Override
  public Watch watch(String prefix, WatchListener listener) {
    return mirror.watch(prefix, new RevisionListener(mirror, listener));
  }

  @Override
  public NodeLease lease() {
    return lease;
  }

  @Override
  public CoordinatorStatus status() {
    ZkSession session = link.session();
    boolean connected = session != null && session.isUsable();
    long applied = mirror.applied();
    return new CoordinatorStatus(
        "zookeeper",
        connected ? options.connect() : null,
        List.of(),
        List.of(),
        mirror.revisions().revision(applied),
        connected ? (mirror.seen() > applied ? 1 : 0) : -1,
        0);
  }

  @Override
  public List<CoordinatorServer> servers(Duration patience) {
    try {
      return probe.states(patience);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  @Override
  public Optional<Voters> voters() {
    return Optional.empty();
  }

  /** Of the session. For tests. */
  ZkLink link() {
    return link;
  }

  @Override
  public void close() {
    link.close();
    watches.close();
  }
}
