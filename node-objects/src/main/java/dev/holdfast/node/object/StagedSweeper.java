package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.node.store.NodeStore.Staged;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what became of records that stay staged (R21): their writer died, or its confirmation
 * got lost. One that the confirmed line passes through is confirmed; any other is removed.
 *
 * <p>A writer that was only asleep may still commit, and count the copy that is removed here. So
 * before the removal the head entry is touched, which makes that commit fail: the writer then
 * stages anew.
 */
final class StagedSweeper {
  private static final Logger log = LoggerFactory.getLogger(StagedSweeper.class);
  private static final int BATCH = 1_000;
  private static final int LINE_MAX = 1_000;

  private final String self;
  private final Agreement agreement;
  private final Holders holders;
  private final NodeStore records;
  private final Duration stagedAfter;
  private final LongSupplier nanos;

  /** When this process first saw a staging. Owned by the thread that runs the sweeps. */
  private final Map<Staged, Long> firstSeen = new HashMap<>();

  StagedSweeper(
      String self,
      Agreement agreement,
      Holders holders,
      NodeStore records,
      Duration stagedAfter,
      LongSupplier nanos) {
    this.self = self;
    this.agreement = agreement;
    this.holders = holders;
    this.records = records;
    this.stagedAfter = stagedAfter;
    this.nanos = nanos;
  }

  /** Looks at every staged record once; returns how many were settled. */
  int runOnce() {
    List<Staged> staged = records.staged(BATCH);
    firstSeen.keySet().retainAll(Set.copyOf(staged));
    int settled = 0;
    for (Staged seen : staged) {
      long since = firstSeen.computeIfAbsent(seen, _ -> nanos.getAsLong());
      if (nanos.getAsLong() - since >= stagedAfter.toNanos()) {
        try {
          settled += settle(seen) ? 1 : 0;
        } catch (ProblemException e) {
          log.debug("Cannot settle {} of {} yet", seen.id(), seen.key(), e);
        }
      }
    }
    return settled;
  }

  private boolean settle(Staged seen) {
    Optional<VersionRecord> record = records.version(seen.key(), seen.id());
    if (record.isEmpty()) {
      return false;
    }
    Observation observed = agreement.observe(seen.key());
    Optional<HeadRecord> head = Agreement.head(observed);
    if (head.isPresent() && head.get().version().equals(seen.id())) {
      return confirmHead(seen, head.get(), observed);
    }
    return switch (place(seen, record.get(), head)) {
      case IN_LINE -> records.confirm(seen.key(), seen.id(), null, 0, List.of());
      case APART -> remove(seen, observed);
      case UNKNOWN -> false;
    };
  }

  /** Its writer may have died before it could tell the others: so we do. */
  private boolean confirmHead(Staged seen, HeadRecord head, Observation observed) {
    List<Intent> others =
        head.holders().stream()
            .filter(node -> !node.equals(self))
            .map(node -> new Intent(node, seen.key(), seen.id()))
            .toList();
    long revision = observed.entry() == null ? 0 : observed.entry().revision();
    return records.confirm(seen.key(), seen.id(), null, revision, others);
  }

  private enum Place {
    IN_LINE,
    APART,
    UNKNOWN
  }

  /** Walks the confirmed line back from the head until it meets the version, or its parent. */
  private Place place(Staged seen, VersionRecord staged, Optional<HeadRecord> head) {
    if (head.isEmpty()) {
      return Place.APART;
    }
    SortedSet<VersionId> end = staged.parents();
    VersionId at = head.get().version();
    for (int i = 0; i < LINE_MAX; i++) {
      if (at.equals(seen.id())) {
        return Place.IN_LINE;
      }
      if (end.contains(at)) {
        return Place.APART;
      }
      Optional<VersionRecord> version = holders.findVersion(seen.key(), at, nodes(head.get()));
      if (version.isEmpty()) {
        return Place.UNKNOWN;
      }
      if (version.get().parents().isEmpty()) {
        return Place.APART;
      }
      at = version.get().parents().first();
    }
    return Place.UNKNOWN;
  }

  private List<String> nodes(HeadRecord head) {
    return java.util.stream.Stream.concat(java.util.stream.Stream.of(self), head.holders().stream())
        .distinct()
        .toList();
  }

  private boolean remove(Staged seen, Observation observed) {
    CommitResult result = agreement.commit(seen.key(), touch(seen.key(), observed));
    return switch (result) {
      case CommitResult.Committed _ -> records.sweep(seen);
      // The head moved just now: look again at the next sweep.
      case CommitResult.Conflict _ -> false;
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
