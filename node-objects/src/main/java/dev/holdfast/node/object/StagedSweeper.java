// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.node.store.NodeStore.Staged;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what became of records that stay staged (R21): their writer died, or its word got lost.
 * One that the confirmed line passes through is confirmed; any other is removed. All records of a
 * key are settled together: one walk along its line, one commit.
 *
 * <p>A writer that was only asleep may still commit, and count the copy that is removed here. So
 * before the removal the head entry is touched, which makes that commit fail: the writer then
 * stages again.
 */
final class StagedSweeper {
  private static final Logger log = LoggerFactory.getLogger(StagedSweeper.class);
  private static final int PAGE = 1_000;

  /** Versions that are looked at to settle the records of one key. */
  private static final int LINE_MAX = 100_000;

  /** Keys that could not be settled, with the time of their next try; more are tried each time. */
  private static final int WAITING_KEYS_MAX = 10_000;

  private static final long WAIT_NANOS_MAX = Duration.ofHours(1).toNanos();

  private final String self;
  private final Agreement agreement;
  private final Replicas replicas;
  private final NodeStore records;
  private final Duration stagedAfter;
  private final LongSupplier nanos;

  /**
   * Which stamp came next, and when: whatever has an earlier stamp is older than that. Owned by the
   * thread that runs the sweeps, as is all else here.
   */
  private final Deque<Mark> marks = new ArrayDeque<>();

  private final Map<ObjectKey, Wait> waits = new HashMap<>();
  private long oldStamp;
  private final AtomicLong walked = new AtomicLong();

  private record Mark(long stamp, long atNanos) {}

  private record Wait(long untilNanos, long nextNanos) {}

  StagedSweeper(
      String self,
      Agreement agreement,
      Replicas replicas,
      NodeStore records,
      Duration stagedAfter,
      LongSupplier nanos) {
    this.self = self;
    this.agreement = agreement;
    this.replicas = replicas;
    this.records = records;
    this.stagedAfter = stagedAfter;
    this.nanos = nanos;
  }

  /** Versions that were looked at since the start: what the sweeps cost. */
  long walked() {
    return walked.get();
  }

  /** Settles every record that is staged for long enough; returns how many were. */
  int runOnce() {
    if (records.stagedCount() == 0) {
      marks.clear();
      waits.clear();
      return 0;
    }
    long old = oldStamp();
    int settled = 0;
    Optional<Staged> after = Optional.empty();
    List<Staged> page;
    do {
      page = records.staged(after, old, PAGE);
      for (List<Staged> ofKey : byKey(page)) {
        settled += settleOrWait(ofKey);
      }
      after = page.isEmpty() ? after : Optional.of(page.getLast());
    } while (page.size() == PAGE);
    return settled;
  }

  /** Stamps below it were given at least {@link #stagedAfter} ago. */
  private long oldStamp() {
    long now = nanos.getAsLong();
    marks.add(new Mark(records.nextStamp(), now));
    while (!marks.isEmpty() && now - marks.element().atNanos >= stagedAfter.toNanos()) {
      oldStamp = marks.remove().stamp;
    }
    return oldStamp;
  }

  private static List<List<Staged>> byKey(List<Staged> page) {
    List<List<Staged>> groups = new ArrayList<>();
    for (Staged staged : page) {
      if (groups.isEmpty() || !groups.getLast().getFirst().key().equals(staged.key())) {
        groups.add(new ArrayList<>());
      }
      groups.getLast().add(staged);
    }
    return groups;
  }

  private int settleOrWait(List<Staged> staged) {
    ObjectKey key = staged.getFirst().key();
    Wait wait = waits.get(key);
    if (wait != null && nanos.getAsLong() - wait.untilNanos < 0) {
      return 0;
    }
    int settled = 0;
    try {
      settled = settle(key, staged);
    } catch (ObjectException e) {
      log.debug("Cannot settle what is staged of {} yet", key, e);
    }
    if (settled == staged.size()) {
      waits.remove(key);
    } else if (wait != null || waits.size() < WAITING_KEYS_MAX) {
      long nanosToWait = wait == null ? stagedAfter.toNanos() : wait.nextNanos;
      waits.put(
          key,
          new Wait(nanos.getAsLong() + nanosToWait, Math.min(2 * nanosToWait, WAIT_NANOS_MAX)));
    }
    return settled;
  }

  private int settle(ObjectKey key, List<Staged> staged) {
    Observation observed = agreement.observe(key);
    Optional<HeadRecord> head = Agreement.head(observed);
    Map<Staged, VersionRecord> versions = new HashMap<>();
    staged.forEach(
        one -> records.version(key, one.id()).ifPresent(version -> versions.put(one, version)));
    Line line = head.map(known -> line(key, known, versions)).orElse(Line.NONE);
    int settled = staged.size() - versions.size();
    List<Staged> apart = new ArrayList<>();
    for (Map.Entry<Staged, VersionRecord> one : versions.entrySet()) {
      VersionId id = one.getKey().id();
      if (head.isPresent() && head.get().version().equals(id)) {
        settled += confirmHead(one.getKey(), head.get(), observed) ? 1 : 0;
      } else if (line.ids.contains(id)) {
        settled += records.confirm(key, id, null, 0, List.of()) ? 1 : 0;
      } else if (line.isPast(one.getValue())) {
        apart.add(one.getKey());
      }
    }
    return settled + (apart.isEmpty() ? 0 : remove(key, apart, observed));
  }

  /** Its writer may have died before it could tell the others: so we do. */
  private boolean confirmHead(Staged seen, HeadRecord head, Observation observed) {
    List<Intent> others =
        head.holders().stream()
            .filter(node -> !node.equals(self))
            .map(node -> Intent.agreed(node, seen.key(), seen.id()))
            .toList();
    long revision = observed.entry() == null ? 0 : observed.entry().revision();
    return records.confirm(seen.key(), seen.id(), null, revision, others);
  }

  /**
   * The confirmed line from the head back, as far as it was walked.
   *
   * @param isEnded it was walked to its roots
   * @param isStraight nothing in it has several parents, so there is one way down
   */
  private record Line(Set<VersionId> ids, boolean isEnded, boolean isStraight) {
    static final Line NONE = new Line(Set.of(), true, true);

    /** Whether the walk would have met this version, had it been in the line. */
    boolean isPast(VersionRecord version) {
      return isEnded
          || (isStraight && !version.parents().isEmpty() && ids.containsAll(version.parents()));
    }
  }

  /**
   * Walks until it has met the parents of all that is staged: what is not in it by then is apart.
   * Where versions were merged, it walks to the roots: another way may lead around those parents.
   */
  private Line line(ObjectKey key, HeadRecord head, Map<Staged, VersionRecord> staged) {
    Set<VersionId> wanted = new HashSet<>();
    boolean isStraight = true;
    boolean isToTheRoots = staged.values().stream().anyMatch(one -> one.parents().isEmpty());
    staged.values().forEach(one -> wanted.addAll(one.parents()));
    Set<VersionId> ids = new HashSet<>();
    List<String> nodes =
        Stream.concat(Stream.of(self), head.holders().stream()).distinct().toList();
    Deque<VersionId> left = new ArrayDeque<>(List.of(head.version()));
    while (!left.isEmpty()) {
      VersionId at = left.remove();
      if (!ids.add(at)) {
        continue;
      }
      wanted.remove(at);
      if (wanted.isEmpty() && isStraight && !isToTheRoots) {
        return new Line(ids, false, true);
      }
      if (ids.size() > LINE_MAX) {
        log.warn("The line of {} is longer than {}: what is staged of it waits", key, LINE_MAX);
        return new Line(ids, false, false);
      }
      walked.incrementAndGet();
      Optional<VersionRecord> version = replicas.findVersion(key, at, nodes);
      if (version.isEmpty()) {
        return new Line(ids, false, isStraight);
      }
      isStraight &= version.get().parents().size() <= 1;
      left.addAll(version.get().parents());
    }
    return new Line(ids, true, isStraight);
  }

  private int remove(ObjectKey key, List<Staged> apart, Observation observed) {
    CommitResult result = agreement.commit(key, touch(key, observed));
    return switch (result) {
      case CommitResult.Committed _ -> records.sweep(apart);
      // The head moved just now: look again at the next sweep.
      case CommitResult.Conflict _ -> 0;
    };
  }

  private static Transaction touch(ObjectKey key, Observation observed) {
    Change change =
        observed.entry() != null
            ? new Change.Put(key.entry(), observed.entry().value())
            : new Change.Delete(key.entry());
    return new Transaction(List.of(observed.unchanged()), List.of(change));
  }
}
