// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.coordinator.zk.Beats.Beat;
import dev.holdfast.coordinator.zk.Beats.Fate;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
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
import java.util.function.LongSupplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a {@link Plan} as one {@code multi}, and finds out what became of it. A change takes a beat
 * for itself, which settles it when its answer is lost (R1); a refusal is told once all is applied
 * that was told before it (R4).
 *
 * <p>It owns the beats that are taken, and which folders of kinds were made. Callers wait on their
 * own threads; answers reach the {@link Feed} on the event thread, in their order.
 */
final class PlanSender {
  private static final Logger LOG = LoggerFactory.getLogger(PlanSender.class);
  private static final Duration SETTLE_LATER = Duration.ofMinutes(10);

  /** What else the servers count: header and path of the request. */
  private static final int REQUEST_BYTES = 1_024;

  private final ZkPaths paths;
  private final Feed feed;
  private final ColdHeads heads;
  private final Beats beats;
  private final Meter meter;
  private final int juteMaxBuffer;
  private final LongSupplier nanos;
  private final Set<String> kindsMade = ConcurrentHashMap.newKeySet();

  /**
   * @param juteMaxBuffer bytes that the servers take in one request
   */
  PlanSender(
      ZkPaths paths,
      Feed feed,
      ColdHeads heads,
      Beats beats,
      Meter meter,
      int juteMaxBuffer,
      LongSupplier nanos) {
    this.paths = paths;
    this.feed = feed;
    this.heads = heads;
    this.beats = beats;
    this.meter = meter;
    this.juteMaxBuffer = juteMaxBuffer;
    this.nanos = nanos;
  }

  /**
   * @param applied completes once all is applied that was told before the answer
   */
  private record Answer(Code code, List<OpResult> results, CompletableFuture<Long> applied) {}

  /** Only conditions: it may be asked as often as needed. */
  Attempt check(ZkSession session, Plan plan, Deadline deadline) throws InterruptedException {
    List<Op> operations = new ArrayList<>(plan.operations());
    operations.add(Op.check(paths.live(), -1));
    requireSize(operations);
    requireKinds(plan, session.requests(), deadline);
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    session
        .requests()
        .multi(
            operations,
            (code, results) ->
                answer.complete(new Answer(code, results, feed.barrierAtAnswer(session))));
    Answer got = Waiting.forAnswer(answer, deadline);
    if (isUnknown(got.code)) {
      return new Attempt.Nothing();
    }
    long applied = Waiting.forAnswer(got.applied, deadline);
    return got.code == Code.OK ? new Attempt.Done(applied) : refused(got.code);
  }

  /**
   * @throws OutcomeUnknownException it may have been applied, or may yet be
   */
  Attempt change(ZkSession session, Plan plan, Deadline deadline) throws InterruptedException {
    requireSize(plan.operations());
    requireKinds(plan, session.requests(), deadline);
    Beat beat;
    try {
      beat = beats.take(session.requests(), deadline);
    } catch (UnavailableException e) {
      Waiting.requireTime(deadline, e);
      return new Attempt.Nothing();
    }
    Answer got = waitFor(send(session, plan, beat), beat, deadline);
    if (isUnknown(got.code)) {
      return settle(beat, got.code, deadline);
    }
    if (got.code == Code.OK) {
      beats.give(beat);
      return new Attempt.Done(stat(got.results).getMzxid());
    }
    boolean beatMoved = failedAt(got.results) == plan.operations().size();
    if (beatMoved) {
      beats.reread(beat);
    }
    beats.give(beat);
    try {
      var _ = Waiting.forAnswer(got.applied, deadline);
    } catch (UnavailableException e) {
      Waiting.requireTime(deadline, e);
      return new Attempt.Nothing();
    }
    return refused(got.code);
  }

  /** The feed is told before: the events of the commit come before its answer. */
  private CompletableFuture<Answer> send(ZkSession session, Plan plan, Beat beat) {
    List<Op> operations = new ArrayList<>(plan.operations());
    operations.add(beat.operation());
    Set<EntryKey> followed = new LinkedHashSet<>(plan.changedKeys());
    followed.removeIf(key -> ZkPaths.isCold(key.kind()));
    feed.committing(followed);
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    session
        .requests()
        .multi(
            operations,
            (code, results) -> {
              answered(session, plan, followed, beat, code, results);
              answer.complete(new Answer(code, results, feed.barrierAtAnswer(session)));
            });
    return answer;
  }

  private Answer waitFor(CompletableFuture<Answer> answer, Beat beat, Deadline deadline) {
    try {
      return answer.get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      var _ = answer.thenAccept(late -> release(beat, late.code));
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new OutcomeUnknownException("ZooKeeper did not answer in time", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Which operation failed; those behind it were not looked at. −1 when none is named. */
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
    Map<EntryKey, @Nullable Cell> cells = plan.cells(results, stat.getMzxid());
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
    Requests.requireAllowed(code);
    return new Attempt.Refused();
  }

  /** The connection broke: what the beat says now decides (R1). */
  private Attempt settle(Beat beat, Code code, Deadline deadline) {
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
            beats.settle(beat, Deadline.after(SETTLE_LATER, nanos));
          } catch (InterruptedException | CoordinatorException e) {
            LOG.debug("{} is not settled: {}", beat.path, e.toString());
            beats.reread(beat);
          }
          beats.give(beat);
        });
  }

  private void requireSize(List<Op> operations) {
    long sizeBytes = Plan.sizeBytes(operations) + REQUEST_BYTES;
    if (sizeBytes > juteMaxBuffer) {
      throw new LimitExceededException(
          "zookeeper.juteMaxBuffer",
          juteMaxBuffer,
          sizeBytes,
          "Split the transaction, or raise jute.maxbuffer on every server and then"
              + " zookeeper.juteMaxBuffer on every node.");
    }
  }

  /** The folder of a kind is made once. */
  private void requireKinds(Plan plan, Requests requests, Deadline deadline)
      throws InterruptedException {
    for (String kind : plan.kindsOfNewBuckets()) {
      if (!kindsMade.contains(kind)) {
        Waiting.forAnswer(requests.create(kind, new byte[0], CreateMode.PERSISTENT), deadline);
        kindsMade.add(kind);
      }
    }
  }
}
