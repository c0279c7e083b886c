package dev.holdfast.coordinator.zk;

import dev.holdfast.coordinator.zk.Beats.Beat;
import dev.holdfast.coordinator.zk.Beats.Fate;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.CommitResult.Committed;
import dev.holdfast.spi.coordinator.CommitResult.Conflict;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits: judges the conditions on what is known, and if they hold sends it all as one {@code
 * multi} that fails unless the known still is so. A refusal is answered only on what was proven
 * after the call (R4). A conflict that was only a neighbour in the bucket, or old knowledge, is
 * tried again here.
 */
final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
  private static final Duration SETTLE_LATER = Duration.ofMinutes(10);

  /** What else the servers count: header and path of the request. */
  private static final int REQUEST_BYTES = 1_024;

  private final ZkOptions options;
  private final ZkPaths paths;
  private final ZkLink link;
  private final Mirror mirror;
  private final Feed feed;
  private final ColdHeads heads;
  private final Lookup lookup;
  private final Prover prover;
  private final Beats beats;
  private final ZkLease lease;
  private final Meter meter;
  private final int dataVersionMax;
  private final Set<String> kindsMade = ConcurrentHashMap.newKeySet();

  Committer(
      ZkOptions options,
      ZkPaths paths,
      ZkLink link,
      Mirror mirror,
      ColdHeads heads,
      Lookup lookup,
      Prover prover,
      Beats beats,
      ZkLease lease,
      Meter meter,
      int dataVersionMax) {
    this.options = options;
    this.paths = paths;
    this.link = link;
    this.mirror = mirror;
    this.feed = mirror.feed();
    this.heads = heads;
    this.lookup = lookup;
    this.prover = prover;
    this.beats = beats;
    this.lease = lease;
    this.meter = meter;
    this.dataVersionMax = dataVersionMax;
  }

  private static Set<EntryKey> keys(Transaction transaction) {
    Set<EntryKey> keys = new LinkedHashSet<>();
    transaction.conditions().forEach(condition -> keys.add(condition.key()));
    transaction.changes().forEach(change -> keys.add(change.key()));
    return keys;
  }

  CommitResult commit(Transaction transaction, long deadline) throws InterruptedException {
    Set<EntryKey> keys = keys(transaction);
    boolean proven = false;
    while (true) {
      ZkSession session = link.usable(deadline);
      Map<EntryKey, Known> known;
      try {
        known = lookup.of(keys, session, deadline);
      } catch (UnavailableException e) {
        requireTime(deadline, e);
        continue;
      }
      Revisions revisions = mirror.revisions();
      Transaction asked = revisions.asked(transaction);
      List<Observation> failed = failed(asked.conditions(), known);
      if (!failed.isEmpty()) {
        if (proven) {
          return new Conflict(link.revisions(deadline).told(failed));
        }
        prover.prove(deadline);
        refresh(keys);
        proven = true;
        continue;
      }
      Plan plan = Plan.of(asked, known, revisions, leaseFor(transaction), paths, dataVersionMax);
      Attempt attempt =
          transaction.changes().isEmpty()
              ? check(session, plan, deadline)
              : change(session, plan, deadline);
      switch (attempt) {
        case Attempt.Done(long zxid) -> {
          return new Committed(mirror.revisions().revision(zxid));
        }
        case Attempt.Refused _ -> {
          meter.count("zookeeper.commit.retries", 1);
          refresh(keys);
          proven = true;
        }
        case Attempt.Nothing _ -> {
          refresh(keys);
          proven = false;
        }
      }
      requireTime(deadline, null);
    }
  }

  private static void requireTime(
      long deadline, @org.jspecify.annotations.Nullable CoordinatorException cause) {
    if (System.nanoTime() - deadline >= 0) {
      throw new UnavailableException("Not applied in time", cause);
    }
  }

  /** What may be old of cold keys is read again. */
  private void refresh(Set<EntryKey> keys) {
    keys.forEach(heads::forget);
  }

  private static List<Observation> failed(List<Condition> conditions, Map<EntryKey, Known> known) {
    Set<EntryKey> failed = new LinkedHashSet<>();
    for (Condition condition : conditions) {
      if (!get(known, condition.key()).holds(condition)) {
        failed.add(condition.key());
      }
    }
    return failed.stream().map(key -> get(known, key).observation()).toList();
  }

  private static Known get(Map<EntryKey, Known> known, EntryKey key) {
    Known found = known.get(key);
    if (found == null) {
      throw new IllegalStateException(key + " was not looked up");
    }
    return found;
  }

  private long leaseFor(Transaction transaction) {
    if (!transaction.isLeased()) {
      return 0;
    }
    long id = lease.id();
    if (id == 0 || lease.state() == NodeLease.State.LOST || !mirror.isLeaseLive(id)) {
      throw new UnavailableException("This node has no lease now");
    }
    return id;
  }

  /** What became of one {@code multi}. */
  private sealed interface Attempt {
    record Done(long zxid) implements Attempt {}

    /** Something was not as known, as of an agreed moment after the call. */
    record Refused() implements Attempt {}

    /** Certainly not applied, and nothing is proven. */
    record Nothing() implements Attempt {}
  }

  private record Answer(Code code, List<OpResult> results) {}

  /** Only conditions: it may be asked as often as needed. */
  private Attempt check(ZkSession session, Plan plan, long deadline) throws InterruptedException {
    List<Op> operations = new ArrayList<>(plan.operations());
    operations.add(Op.check(paths.live(), -1));
    requireSize(operations);
    requireKinds(plan, session, deadline);
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    CompletableFuture<CompletableFuture<Long>> barrier = new CompletableFuture<>();
    session
        .requests()
        .multi(
            operations,
            (code, results) -> {
              barrier.complete(feed.barrierAtAnswer(session));
              answer.complete(new Answer(code, results));
            });
    Code code = Waiting.forAnswer(answer, deadline).code();
    if (isUnknown(code)) {
      return new Attempt.Nothing();
    }
    long applied = Waiting.forAnswer(barrier.join(), deadline);
    return code == Code.OK ? new Attempt.Done(applied) : refused(code);
  }

  private Attempt change(ZkSession session, Plan plan, long deadline) throws InterruptedException {
    requireSize(plan.operations());
    requireKinds(plan, session, deadline);
    Beat beat;
    try {
      beat = beats.take(session.requests(), deadline);
    } catch (UnavailableException e) {
      requireTime(deadline, e);
      return new Attempt.Nothing();
    }
    List<Op> operations = new ArrayList<>(plan.operations());
    operations.add(beat.operation());
    Set<EntryKey> followed = new LinkedHashSet<>(plan.changedKeys());
    followed.removeIf(key -> ZkPaths.isCold(key.kind()));
    feed.committing(followed);
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    CompletableFuture<CompletableFuture<Long>> barrier = new CompletableFuture<>();
    session
        .requests()
        .multi(
            operations,
            (code, results) -> {
              answered(session, plan, followed, beat, code, results);
              barrier.complete(feed.barrierAtAnswer(session));
              answer.complete(new Answer(code, results));
            });
    Answer got;
    try {
      got = answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      var _ = answer.thenAccept(late -> release(beat, late.code()));
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new OutcomeUnknownException("ZooKeeper did not answer in time", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    if (isUnknown(got.code())) {
      return settle(beat, got.code(), deadline);
    }
    if (got.code() == Code.OK) {
      beats.give(beat);
      return new Attempt.Done(stat(got.results()).getMzxid());
    }
    boolean beatMoved =
        got.results().stream().anyMatch(OpResult.ErrorResult.class::isInstance)
            && failedAt(got.results()) == operations.size() - 1;
    if (beatMoved) {
      beats.reread(beat);
    }
    beats.give(beat);
    try {
      var _ = Waiting.forAnswer(barrier.join(), deadline);
    } catch (UnavailableException e) {
      requireTime(deadline, e);
      return new Attempt.Nothing();
    }
    return refused(got.code());
  }

  private static int failedAt(List<OpResult> results) {
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i) instanceof OpResult.ErrorResult error
          && error.getErr() != Code.OK.intValue()
          && error.getErr() != Code.RUNTIMEINCONSISTENCY.intValue()) {
        return i;
      }
    }
    return -1;
  }

  /** On the event thread, between what came before and after the answer. */
  private void answered(
      ZkSession session,
      Plan plan,
      Set<EntryKey> followed,
      Beat beat,
      Code code,
      List<OpResult> results) {
    if (code != Code.OK) {
      feed.answered(session, followed, Map.of(), Map.of(), 0);
      return;
    }
    Stat stat = stat(results);
    beat.applied(stat);
    Map<EntryKey, @org.jspecify.annotations.Nullable Cell> cells =
        plan.cells(results, stat.getMzxid());
    Map<String, Bucket> buckets = plan.buckets(stat.getMzxid());
    cells.keySet().removeIf(key -> ZkPaths.isCold(key.kind()));
    buckets.keySet().removeIf(path -> !path.startsWith(paths.live()));
    feed.answered(session, followed, cells, buckets, stat.getMzxid());
    for (EntryKey key : plan.changedKeys()) {
      if (ZkPaths.isCold(key.kind())) {
        heads.forget(key);
      }
    }
  }

  private static Stat stat(List<OpResult> results) {
    if (results.getLast() instanceof OpResult.SetDataResult beat) {
      return beat.getStat();
    }
    throw new IllegalStateException("A commit was answered with " + results.getLast());
  }

  private static boolean isUnknown(Code code) {
    return switch (code) {
      case OK, BADVERSION, NONODE, NODEEXISTS, NOTEMPTY, NOAUTH, QUOTAEXCEEDED -> false;
      default -> true;
    };
  }

  private static Attempt refused(Code code) {
    if (code == Code.NOAUTH || code == Code.QUOTAEXCEEDED) {
      throw new UnavailableException("ZooKeeper refuses to write below its root: " + code);
    }
    return new Attempt.Refused();
  }

  /** The connection broke: what the beat says now decides (R1). */
  private Attempt settle(Beat beat, Code code, long deadline) {
    meter.count("zookeeper.commit.unanswered", 1);
    Fate fate;
    try {
      fate = beats.settle(beat, deadline);
    } catch (InterruptedException | CoordinatorException e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      release(beat, code);
      throw new OutcomeUnknownException("ZooKeeper answered " + code, e);
    }
    beats.give(beat);
    return switch (fate) {
      case Fate.Applied(long zxid) -> new Attempt.Done(zxid);
      case Fate.NotApplied _ -> new Attempt.Nothing();
      case Fate.Unknown _ ->
          throw new OutcomeUnknownException(beat.path + " is written by another process");
    };
  }

  /** Nobody waits any more; the beat may be used again once it is known to have settled. */
  private void release(Beat beat, Code code) {
    if (!isUnknown(code)) {
      beats.give(beat);
      return;
    }
    Thread.ofVirtual()
        .name("zk-settle")
        .start(() -> {
          try {
            beats.settle(beat, Waiting.deadline(SETTLE_LATER));
          } catch (InterruptedException | CoordinatorException e) {
            LOG.debug("{} is not settled: {}", beat.path, e.toString());
            beats.reread(beat);
          }
          beats.give(beat);
        });
  }

  private void requireSize(List<Op> operations) {
    long sizeBytes = Plan.sizeBytes(operations) + REQUEST_BYTES;
    if (sizeBytes > options.juteMaxBuffer()) {
      throw new LimitExceededException(
          "zookeeper.juteMaxBuffer",
          options.juteMaxBuffer(),
          sizeBytes,
          "Split the transaction, or raise jute.maxbuffer on every server and then"
              + " zookeeper.juteMaxBuffer on every node.");
    }
  }

  /** The folder of a kind is made once. */
  private void requireKinds(Plan plan, ZkSession session, long deadline)
      throws InterruptedException {
    for (String kind : plan.kindsOfNewBuckets()) {
      if (!kindsMade.contains(kind)) {
        Waiting.forAnswer(
            session.requests().create(kind, new byte[0], CreateMode.PERSISTENT), deadline);
        kindsMade.add(kind);
      }
    }
  }

  /** Removes what ended with a lease. Another node may be faster. */
  void sweep(List<Cell> ended, long deadline) throws InterruptedException {
    for (Cell cell : ended) {
      ZkSession session = link.usable(deadline);
      Known known = get(lookup.of(List.of(cell.key()), session, deadline), cell.key());
      Cell there = known.cell();
      if (there != null && there.zxid() == cell.zxid() && !known.isAlive()) {
        change(session, Plan.sweep(known, mirror.revisions(), paths), deadline);
      }
    }
  }
}
