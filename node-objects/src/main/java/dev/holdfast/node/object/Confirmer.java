// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.replication.WritePlanner;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.WriteMemory;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Moves the head of a key to a version that was accepted without agreement, if it comes after the
 * head that is there.
 *
 * <pre>
 *   head ── on head? ── copy what it rests on ── stage at a majority ── commit ── confirm
 *    ▲        │ no: a branch stays a branch                             │ Conflict
 *    └────────┴─────────────────────────────────────────────────────────┘
 * </pre>
 *
 * Its ancestors that nobody agreed on become part of the history with it. So they are copied first:
 * bytes before names.
 */
final class Confirmer {
  /** Waits for the first replica to show the version in its listing. */
  private static final Duration CONFIRM_WAIT = Duration.ofSeconds(2);

  private final String self;
  private final Placement placement;
  private final Agreement agreement;
  private final Replicas replicas;
  private final Reach reach;
  private final ReturnCheck returnCheck;
  private final Sights sights;
  private final AncestorCopies ancestors;
  private final ObjectSettings settings;
  private final LongSupplier nanos;

  Confirmer(
      String self,
      Placement placement,
      Agreement agreement,
      Replicas replicas,
      Reach reach,
      ReturnCheck returnCheck,
      ObjectSettings settings,
      LongSupplier nanos) {
    this.self = self;
    this.placement = placement;
    this.agreement = agreement;
    this.replicas = replicas;
    this.reach = reach;
    this.returnCheck = returnCheck;
    this.sights = new Sights(replicas);
    this.ancestors = new AncestorCopies(replicas);
    this.settings = settings;
    this.nanos = nanos;
  }

  /**
   * Blocking; repeatable.
   *
   * @throws ObjectException when no majority agrees in time
   */
  WriteOutcome confirm(ObjectKey key, VersionId id) {
    returnCheck.ensureDone();
    Observation observed = agreement.observe(key);
    for (int i = 1; i <= settings.conflictsMax(); i++) {
      Optional<HeadRecord> head = Agreement.head(observed);
      List<String> nodes = nodes(head);
      Optional<VersionRecord> found = replicas.findKept(key, id, nodes);
      if (found.isEmpty()) {
        return new WriteOutcome.VersionUnknown(key, id);
      }
      VersionRecord version = found.get();
      boolean isAgreed =
          replicas.isConfirmedAt(key, id, nodes)
              || head.map(HeadRecord::version).filter(id::equals).isPresent();
      if (head.isPresent() && isAgreed) {
        return done(version, id, head.get(), observed);
      }
      Lineage.Path path = sights.path(key, version.parents(), head.map(HeadRecord::version), nodes);
      if (path.descent() != Lineage.Descent.YES
          || !sights.mayBegin(key, head.map(HeadRecord::version), path.with(version), nodes)) {
        return head.<WriteOutcome>map(now -> new WriteOutcome.NotOnHead(key, now.version()))
            .orElseGet(() -> new WriteOutcome.VersionUnknown(key, id));
      }
      Step step = tryOnce(version, id, path, observed, head, nodes);
      switch (step) {
        case Step.Ended ended -> {
          return ended.outcome;
        }
        case Step.Again again -> observed = again.observed;
      }
    }
    return new WriteOutcome.TooManyWriters(key);
  }

  private sealed interface Step {
    record Ended(WriteOutcome outcome) implements Step {}

    record Again(Observation observed) implements Step {}
  }

  private Step tryOnce(
      VersionRecord version,
      VersionId id,
      Lineage.Path path,
      Observation observed,
      Optional<HeadRecord> head,
      List<String> nodes) {
    ObjectKey key = version.key();
    WritePlan plan = placement.plan(key, head.map(HeadRecord::holders).orElse(List.of()), Set.of());
    List<String> ready = ancestors.copy(path.open(), plan.targets(), nodes);
    if (ready.size() < plan.quorum()) {
      return new Step.Ended(
          new WriteOutcome.TooFewReplicas(ready.size(), plan.holders(), plan.quorum()));
    }
    try (Upload upload = new Upload(replicas, settings.peerTimeout().toMillis())) {
      upload.open(ready, version.chunks(), nodes);
      Upload.Acks acks = upload.stage(version, ready);
      acks.await(plan.quorum(), Deadline.after(settings.deadline(), nanos));
      List<String> counted = plan.counted(acks.durable());
      if (counted.size() < plan.quorum()) {
        return new Step.Ended(
            new WriteOutcome.TooFewReplicas(counted.size(), plan.holders(), plan.quorum()));
      }
      WriteMemory memory =
          Repeats.memory(observed, path.with(version), plan.copiesWanted(), counted.size());
      HeadRecord next = placement.head(plan, version, id, counted, memory);
      Transaction move =
          new Transaction(
              plan.conditions(counted, observed),
              List.of(new Change.Put(key.entry(), next.encode())));
      return switch (agreement.commit(key, move)) {
        case CommitResult.Conflict _ -> new Step.Again(agreement.observe(key));
        case CommitResult.Committed committed -> {
          List<String> missing = WritePlanner.without(plan.holders(), Set.copyOf(counted));
          upload.confirm(
              version,
              id,
              committed.revision(),
              counted,
              missing,
              Deadline.after(CONFIRM_WAIT, nanos));
          boolean created = head.filter(now -> !now.deleted()).isEmpty();
          yield new Step.Ended(
              new WriteOutcome.Written(
                  version.withState(VersionState.CONFIRMED),
                  id,
                  created,
                  plan.copiesWanted(),
                  counted.size(),
                  committed.revision()));
        }
      };
    }
  }

  /** It is the head, or was it, or was merged into it. */
  private static WriteOutcome done(
      VersionRecord version, VersionId id, HeadRecord head, Observation observed) {
    return new WriteOutcome.Written(
        version.withState(VersionState.CONFIRMED),
        id,
        false,
        head.copiesWanted(),
        head.written().size(),
        observed.revision());
  }

  private List<String> nodes(Optional<HeadRecord> head) {
    Set<String> nodes = new LinkedHashSet<>();
    nodes.add(self);
    nodes.addAll(reach.nodes());
    head.ifPresent(known -> nodes.addAll(known.holders()));
    return new ArrayList<>(nodes);
  }
}
