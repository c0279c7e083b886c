// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorEvent;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * The contract on this node. A leased put whose lease has ended fails as {@link
 * UnavailableException}: nothing was applied, and a retry is made under the lease that follows.
 */
final class RaftCoordinator implements Coordinator {
  private static final int SCAN_LIMIT_MAX = 10_000;
  private static final Executor VIRTUAL = task -> Thread.ofVirtual().name("raft-read").start(task);

  /** Entries that are read under one hold of the table's lock. */
  private static final int SCAN_PIECE = 256;

  private final RaftOptions options;
  private final DataFolder folder;
  private final KeyTable table;
  private final AppliedIndex applied;
  private final Checkpoint checkpoint;
  private final WatchHub watches;
  private final RaftLink link;
  private final ElectionWait electionWait;
  private final ReadIndex reads;
  private final Proposer proposer;
  private final LeaseKeeper keeper;
  private final LeaseRenewer lease;
  private final Fatality fatality;
  private final AtomicLong caughtUp;
  private final LongSupplier nanos;
  private final RaftVoters voters;
  private final RaftEvents events;
  private final TableScrub scrub;

  RaftCoordinator(
      RaftOptions options,
      DataFolder folder,
      KeyTable table,
      AppliedIndex applied,
      Checkpoint checkpoint,
      WatchHub watches,
      RaftLink link,
      ElectionWait electionWait,
      ReadIndex reads,
      Proposer proposer,
      LeaseKeeper keeper,
      LeaseRenewer lease,
      Fatality fatality,
      AtomicLong caughtUp,
      PeerNames names,
      RaftEvents events,
      Meter meter,
      LongSupplier nanos) {
    this.options = options;
    this.folder = folder;
    this.table = table;
    this.applied = applied;
    this.checkpoint = checkpoint;
    this.watches = watches;
    this.link = link;
    this.electionWait = electionWait;
    this.reads = reads;
    this.proposer = proposer;
    this.keeper = keeper;
    this.lease = lease;
    this.fatality = fatality;
    this.caughtUp = caughtUp;
    this.nanos = nanos;
    this.events = events;
    this.scrub = new TableScrub(table, fatality, meter, options.tableScrubInterval(), nanos);
    this.voters = new RaftVoters(link, names, options.votersMax(), nanos);
  }

  void start() {
    fatality.arm();
    watches.start();
    checkpoint.start();
    proposer.start();
    keeper.start();
    lease.start();
    scrub.start();
  }

  @Override
  public List<Observation> read(List<EntryKey> keys, Duration timeout) {
    requireHope();
    reads.await(Deadline.after(timeout, nanos));
    return observe(keys);
  }

  /**
   * A caller need not wait out its deadline when this node is without a leader for longer than an
   * election takes, or has not found one since it started. The renewal of the lease goes on trying,
   * and ends this at its first success.
   *
   * @throws UnavailableException never during an ordinary election
   */
  private void requireHope() {
    electionWait.require();
    long apart = lease.apartNanos();
    if (apart > options.noMajorityAfter().toNanos() && link.leader() == null) {
      throw new UnavailableException(
          "There has been no leader for " + apart / 1_000_000_000 + " s, so nothing was tried");
    }
  }

  /** A table that is not as it was written ends this process: it must not answer anything. */
  private KeyTable.Found find(Supplier<KeyTable.Found> look) {
    try {
      return look.get();
    } catch (CoordinatorFailedException e) {
      fatality.report(String.valueOf(e.getMessage()), e);
      throw e;
    }
  }

  private List<Observation> observe(List<EntryKey> keys) {
    List<Bytes> wanted = keys.stream().map(key -> Bytes.wrap(key.utf8())).toList();
    KeyTable.Found found = find(() -> table.read(wanted));
    return found.slots().stream()
        .map(slot -> slot.observation(found.floor(), found.revision()))
        .toList();
  }

  @Override
  public LocalObservation readLocal(EntryKey key) {
    long last = caughtUp.get();
    long ageMillis =
        last == Long.MIN_VALUE ? -1 : Math.max(0, (nanos.getAsLong() - last) / 1_000_000);
    return new LocalObservation(observe(List.of(key)).getFirst(), ageMillis);
  }

  @Override
  public Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout) {
    requireHope();
    reads.await(Deadline.after(timeout, nanos));
    return scanLocal(prefix, after, limit);
  }

  @Override
  public Page scanLocal(String prefix, @Nullable EntryKey after, int limit) {
    if (limit < 1 || limit > SCAN_LIMIT_MAX) {
      throw new IllegalArgumentException(
          "A page has 1 to " + SCAN_LIMIT_MAX + " entries, not " + limit);
    }
    long revision = table.position().revision();
    Bytes wanted = Bytes.utf8(prefix);
    boolean inclusive = after == null;
    Bytes from = after == null ? StoredKey.prefix(wanted) : StoredKey.of(Bytes.wrap(after.utf8()));
    Bytes first = StoredKey.prefix(wanted);
    if (after != null && from.compareTo(first) < 0) {
      from = first;
      inclusive = true;
    }
    List<Entry> entries = new ArrayList<>();
    while (true) {
      int piece = Math.min(SCAN_PIECE, limit - entries.size());
      Bytes begin = from;
      boolean beginToo = inclusive;
      List<Slot> found = find(() -> table.scan(wanted, begin, beginToo, piece + 1)).slots();
      boolean more = found.size() > piece;
      List<Slot> taken = more ? found.subList(0, piece) : found;
      taken.forEach(slot -> entries.add(slot.entry()));
      if (!more || entries.size() >= limit) {
        return new Page(entries, more ? entries.getLast().key() : null, revision);
      }
      from = StoredKey.of(taken.getLast().key());
      inclusive = false;
    }
  }

  @Override
  public CommitResult commit(Transaction transaction, Duration timeout) {
    Deadline deadline = Deadline.after(timeout, nanos);
    Command command = command(transaction);
    return result(proposer.submit(command, sizeBytes(transaction), deadline), deadline);
  }

  @Override
  public CompletionStage<CommitResult> commitAsync(Transaction transaction, Duration timeout) {
    Deadline deadline = Deadline.after(timeout, nanos);
    CompletableFuture<Answer> answer;
    try {
      answer = proposer.submitAsync(command(transaction), sizeBytes(transaction), deadline);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    return answer.thenCompose(known ->
        isIncomplete(known)
            ? CompletableFuture.supplyAsync(() -> result(known, deadline), VIRTUAL)
            : CompletableFuture.completedFuture(result(known, deadline)));
  }

  private Command command(Transaction transaction) {
    fatality.check();
    requireHope();
    if (table.overlayBytes() > options.overlayBytesMax()) {
      checkpoint.want();
      throw new UnavailableException("Busy: the disk is behind; try again later");
    }
    return LogCodec.commit(transaction, leaseFor(transaction));
  }

  private static long sizeBytes(Transaction transaction) {
    return transaction.sizeBytes() + 32;
  }

  /** Blocks only when {@link #isIncomplete}. */
  private CommitResult result(Answer answer, Deadline deadline) {
    return switch (answer) {
      case Answer.Committed committed -> new CommitResult.Committed(committed.revision());
      case Answer.Conflict conflict -> new CommitResult.Conflict(complete(conflict, deadline));
      case Answer.LeaseGone _ ->
          throw new UnavailableException("The lease of this node has ended; nothing was applied");
      case Answer.LeaseOpened _, Answer.LeaseEnded _ ->
          throw new OutcomeUnknownException("A commit was answered with " + answer);
    };
  }

  private static boolean isIncomplete(Answer answer) {
    return answer instanceof Answer.Conflict conflict
        && conflict.failed().stream().anyMatch(Answer.Seen::omitted);
  }

  private long leaseFor(Transaction transaction) {
    if (!transaction.isLeased()) {
      return 0;
    }
    long id = lease.id();
    if (id == 0 || lease.state() == NodeLease.State.LOST) {
      throw new UnavailableException("This node has no lease now");
    }
    return id;
  }

  /** Values that were too large for an answer are read now: a later state decides as well. */
  private List<Observation> complete(Answer.Conflict conflict, Deadline deadline) {
    List<EntryKey> omitted =
        conflict.failed().stream()
            .filter(Answer.Seen::omitted)
            .map(seen -> new EntryKey(seen.key().toUtf8()))
            .toList();
    Map<EntryKey, Observation> read = new HashMap<>();
    if (!omitted.isEmpty()) {
      reads.await(deadline);
      observe(omitted).forEach(observation -> read.put(observation.key(), observation));
    }
    List<Observation> failed = new ArrayList<>();
    for (Answer.Seen seen : conflict.failed()) {
      Slot slot = new Slot(seen.key(), seen.value(), seen.version(), 0, seen.deleted());
      Observation late = read.get(new EntryKey(seen.key().toUtf8()));
      failed.add(late != null ? late : slot.observation(0, seen.revision()));
    }
    return failed;
  }

  @Override
  public Watch watch(String prefix, WatchListener listener) {
    AtomicReference<@Nullable Watch> watch = new AtomicReference<>();
    table.atRevision(revision -> watch.set(watches.add(prefix, listener, revision)));
    Watch begun = watch.get();
    if (begun == null) {
      throw new IllegalStateException("The watch did not begin");
    }
    return begun;
  }

  @Override
  public NodeLease lease() {
    return lease;
  }

  @Override
  public @Nullable String leader() {
    RaftPeerId leader = link.leader();
    return leader == null ? null : RaftVoters.nodeOf(leader);
  }

  @Override
  public CoordinatorStatus status() {
    RaftPeerId leader = link.leader();
    long committed = link.division().getRaftLog().getLastCommittedIndex();
    return new CoordinatorStatus(
        "raft",
        leader == null ? null : RaftVoters.nodeOf(leader),
        names(link.voters()),
        names(link.observers()),
        table.position().revision(),
        leader == null ? -1 : Math.max(0, committed - applied.get()),
        leader == null ? 0 : link.division().getInfo().getCurrentTerm());
  }

  private static List<String> names(List<RaftPeer> peers) {
    return peers.stream().map(peer -> RaftVoters.nodeOf(peer.getId())).sorted().toList();
  }

  @Override
  public long raiseRevision(long base, Duration timeout) {
    if (base < 0 || base > BatchCheck.REVISION_MAX) {
      throw new IllegalArgumentException(
          "A revision is raised to at most 2^62, not to %d: that is from no cluster"
              .formatted(base));
    }
    requireHope();
    Answer answer =
        proposer.submit(new Command.RaiseRevision(base), 16, Deadline.after(timeout, nanos));
    if (answer instanceof Answer.Committed committed) {
      return committed.revision();
    }
    throw new OutcomeUnknownException("The revision was raised with " + answer);
  }

  @Override
  public void onEvent(Consumer<CoordinatorEvent> listener) {
    events.add(listener);
  }

  @Override
  public Optional<Voters> voters() {
    return Optional.of(voters);
  }

  @Override
  public void close() {
    if (fatality.isClosing()) {
      return;
    }
    lease.close();
    stop();
    checkpoint.write();
    release();
  }

  /** Moves all that was applied to disk. For tests and tools. */
  void checkpointNow() {
    checkpoint.write();
  }

  /** Ends the lease of some node, as if the leader had found it overdue. For tests. */
  void endLease(long id) {
    proposer.submit(new Command.EndLease(id), 16, Deadline.after(Duration.ofSeconds(10), nanos));
  }

  /** Ends as a crash does: nothing is said to the others, and no checkpoint is made. */
  void abort() {
    stop();
    release();
  }

  private void stop() {
    fatality.closing();
    keeper.close();
    lease.stop();
    proposer.close();
    watches.close();
    try {
      link.close();
    } finally {
      scrub.close();
      checkpoint.close();
    }
  }

  private void release() {
    table.closeDisk();
    folder.close();
  }
}
