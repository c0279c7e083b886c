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
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Writes one version: stage it at a majority of its replicas, then move the head by one commit.
 *
 * <pre>
 *   head ── plan ── stage ──(majority fsynced)── commit ── confirm
 *    ▲                │ too few               │ Conflict
 *    └── plan anew ◄──┴───────────────────────┘ re-parent (R22), the bytes stay where they are
 * </pre>
 *
 * What was staged for a commit that failed for certain is taken back at once. A write that was
 * overtaken waits for its turn, see {@link WriteTurns}.
 */
final class ObjectWriter {
  /** Waits for the first replica to show the write in its listing; then the reply goes anyway. */
  private static final Duration CONFIRM_WAIT = Duration.ofSeconds(2);

  private static final long BACKOFF_MILLIS_MAX = 50;

  private final ClusterView cluster;
  private final Placement placement;
  private final Agreement agreement;
  private final Replicas replicas;
  private final Fences fences;
  private final WriteTurns turns;
  private final ObjectSettings settings;
  private final Drafts drafts;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Repeats repeats;
  private final Reach reach;
  private final Sights sights;
  private final AncestorCopies ancestors;
  private final BranchWriter branches;

  ObjectWriter(
      ClusterView cluster,
      Placement placement,
      Agreement agreement,
      Replicas replicas,
      Drafts drafts,
      Fences fences,
      WriteTurns turns,
      ObjectSettings settings,
      Reach reach,
      BranchWriter branches,
      LongSupplier nanos,
      RandomGenerator random) {
    this.cluster = cluster;
    this.placement = placement;
    this.agreement = agreement;
    this.replicas = replicas;
    this.drafts = drafts;
    this.fences = fences;
    this.turns = turns;
    this.settings = settings;
    this.reach = reach;
    this.sights = new Sights(replicas);
    this.ancestors = new AncestorCopies(replicas);
    this.branches = branches;
    this.nanos = nanos;
    this.random = random;
    this.repeats = new Repeats(cluster, replicas);
  }

  /** Where the bytes come from, once the plan stands. */
  @FunctionalInterface
  interface BodySource {
    BodyReader.Body send(Upload upload);
  }

  WriteOutcome write(WriteRequest asked, BodySource source) {
    if (asked.mayBeProvisional() && (asked.terms().isProvisional() || reach.isCutOff())) {
      return branches.write(asked, source);
    }
    // Most writes go on from what this node knows, and the commit proves that it still holds. One
    // without a lease asks first: it may hear that there is no majority before it sends any byte.
    if (cluster.isHealthy(cluster.self())) {
      Observation glance = agreement.glance(asked.key());
      if (settled(asked, glance).isEmpty() && isOnHead(asked, glance)) {
        return write(asked, source, glance);
      }
    }
    Observation head = agreement.observe(asked.key());
    Optional<WriteOutcome> settled = settled(asked, head);
    if (settled.isPresent()) {
      return settled.get();
    }
    if (!isOnHead(asked, head)) {
      return asked.mayBeProvisional() ? branches.write(asked, source) : notOnHead(asked, head);
    }
    return write(asked, source, head);
  }

  private WriteOutcome write(WriteRequest asked, BodySource source, Observation head) {
    WriteRequest request = asked.unansweredAt(head.revision());
    if (request.fence().isEmpty()) {
      return upload(request, source, head, Optional.empty());
    }
    return switch (fences.judge(request.fence().get())) {
      case Fences.Verdict.Holds(Condition unchanged) ->
          upload(request, source, head, Optional.of(unchanged));
      case Fences.Verdict.Refused refused -> new WriteOutcome.FenceRefused(refused);
    };
  }

  /** Whether the new version comes after the confirmed head; it does, when nobody chose parents. */
  private boolean isOnHead(WriteRequest request, Observation observed) {
    Optional<HeadRecord> head = Agreement.head(observed);
    SortedSet<VersionId> parents = request.terms().parents();
    if (parents.isEmpty() || (head.isPresent() && parents.equals(Set.of(head.get().version())))) {
      return true;
    }
    Optional<VersionId> confirmed = head.map(HeadRecord::version);
    List<String> nodes = sources(head);
    Lineage.Path path = sights.path(request.key(), parents, confirmed, nodes);
    return path.descent() == Lineage.Descent.YES
        && sights.mayBegin(request.key(), confirmed, path.open(), nodes);
  }

  /** Whether enough replicas have what the chosen parents rest on: they are copied first. */
  private boolean hasAncestors(WriteRequest request, Observation observed, WritePlan plan) {
    SortedSet<VersionId> parents = request.terms().parents();
    if (parents.isEmpty()) {
      return true;
    }
    Optional<HeadRecord> head = Agreement.head(observed);
    List<String> nodes = sources(head);
    Lineage.Path path = sights.path(request.key(), parents, head.map(HeadRecord::version), nodes);
    return ancestors.copy(path.open(), plan.targets(), nodes).size() >= plan.quorum();
  }

  private List<String> sources(Optional<HeadRecord> head) {
    Set<String> nodes = new LinkedHashSet<>();
    nodes.add(cluster.self());
    head.ifPresent(known -> nodes.addAll(known.holders()));
    nodes.addAll(reach.nodes());
    return List.copyOf(nodes);
  }

  private static WriteOutcome notOnHead(WriteRequest request, Observation observed) {
    return Agreement.head(observed)
        .<WriteOutcome>map(head -> new WriteOutcome.NotOnHead(request.key(), head.version()))
        .orElseGet(() ->
            new WriteOutcome.VersionUnknown(request.key(), request.terms().parents().first()));
  }

  private WriteOutcome upload(
      WriteRequest request, BodySource source, Observation head, Optional<Condition> fence) {
    WritePlan plan = plan(request.key(), head, Set.of());
    if (!plan.isPossible() || !hasAncestors(request, head, plan)) {
      return tooFew(plan);
    }
    try (Upload upload = new Upload(replicas, settings.peerTimeout().toMillis())) {
      upload.open(plan.targets(), List.of());
      BodyReader.Body body;
      try {
        body = source.send(upload);
      } catch (ReplicasLostException _) {
        Observation now = agreement.observe(request.key());
        return tooFew(plan(request.key(), now, upload.failed()), upload);
      }
      Attempt attempt = new Attempt(request, body, upload, fence);
      return turns.isContended(request.key())
          ? agreeInTurn(attempt)
          : agree(attempt, head, plan, Optional.empty());
    }
  }

  /** A write whose bytes are at its replicas. */
  private record Attempt(
      WriteRequest request, BodyReader.Body body, Upload upload, Optional<Condition> fence) {
    ObjectKey key() {
      return request.key();
    }
  }

  /** The answer when nothing is left to write: this very write was made, or it is refused. */
  private Optional<WriteOutcome> settled(WriteRequest request, Observation head) {
    return repeats.answered(request, head).or(() -> refusal(request, Agreement.head(head)));
  }

  private static Optional<WriteOutcome> refusal(WriteRequest request, Optional<HeadRecord> head) {
    // Before the conditions, which count only where a request would succeed (RFC 9110 §13.2.1).
    if (request.deleted() && head.filter(found -> !found.deleted()).isEmpty()) {
      return Optional.of(new WriteOutcome.NotFound(request.key()));
    }
    boolean isFinal = request.id().isPresent() && request.preconditions().isRefusedForGood(head);
    return request
        .preconditions()
        .violation(head)
        .map(violation -> new WriteOutcome.PreconditionFailed(violation, isFinal));
  }

  /** One writer of the key after another: so what it reads now is what it replaces. */
  private WriteOutcome agreeInTurn(Attempt attempt) {
    Optional<WriteTurns.Turn> taken = turns.take(attempt.key(), settings.deadline().toNanos());
    if (taken.isEmpty()) {
      return new WriteOutcome.TooManyWriters(attempt.key());
    }
    try (WriteTurns.Turn turn = taken.get()) {
      Observation head = agreement.observe(attempt.key());
      Optional<WriteOutcome> settled = settled(attempt.request, head);
      if (settled.isPresent()) {
        return settled.get();
      }
      if (!isOnHead(attempt.request, head)) {
        return attempt.request.mayBeProvisional()
            ? branches.accept(attempt.request, attempt.body, attempt.upload)
            : notOnHead(attempt.request, head);
      }
      WritePlan plan = plan(attempt.key(), head, attempt.upload.failed());
      if (!plan.isPossible()) {
        return tooFew(plan, attempt.upload);
      }
      attempt.upload.open(plan.targets(), attempt.body.content().chunks());
      return agree(attempt, head, plan, Optional.of(turn));
    }
  }

  private WriteOutcome agree(
      Attempt attempt, Observation observed, WritePlan planned, Optional<WriteTurns.Turn> turn) {
    WriteRequest request = attempt.request;
    Upload upload = attempt.upload;
    Observation head = observed;
    WritePlan plan = planned;
    Deadline deadline = Deadline.after(settings.deadline(), nanos);
    for (int i = 1; i <= settings.conflictsMax(); i++) {
      Optional<VersionRecord> parent = parent(request.key(), head);
      if (isUnchanged(attempt, parent) && isKept(attempt, parent.get(), head, plan, deadline)) {
        Optional<WriteOutcome> kept = keep(attempt, parent.get(), head);
        if (kept.isPresent()) {
          return kept.get();
        }
        head = agreement.observe(request.key());
        Optional<WriteOutcome> settled = settled(request, head);
        if (settled.isPresent()) {
          return settled.get();
        }
        backOff(i);
        continue;
      }
      VersionRecord version = version(request, attempt.body, head, parent);
      Upload.Acks acks = upload.stage(version, plan.targets());
      acks.await(
          Math.max(plan.quorum(), request.terms().durability().copies(plan.copiesWanted())),
          deadline);
      List<String> counted = plan.counted(acks.durable());
      if (counted.size() >= plan.quorum()) {
        switch (commit(attempt, version, move(attempt, plan, version, counted, head))) {
          case CommitResult.Committed committed -> {
            // The next writer need not wait until this one is shown in listings.
            turn.ifPresent(WriteTurns.Turn::close);
            return done(version, head, plan, acks, upload, committed.revision());
          }
          case CommitResult.Conflict conflict -> {
            upload.takeBack(version);
            if (isFenced(attempt.fence, conflict)) {
              return new WriteOutcome.Fenced(request.key());
            }
            Observation next = headAfter(request, head, conflict);
            Optional<WriteOutcome> settled = settled(request, next);
            if (settled.isPresent()) {
              return settled.get();
            }
            if (!isOnHead(request, next)) {
              return request.mayBeProvisional()
                  ? branches.accept(request, attempt.body, upload)
                  : notOnHead(request, next);
            }
            if (turn.isEmpty() && !next.equals(head)) {
              turns.overtaken(request.key());
              return agreeInTurn(attempt);
            }
            head = next;
            backOff(i);
          }
        }
      } else {
        upload.takeBack(version);
        if (deadline.hasPassed()) {
          return tooFew(plan, upload);
        }
      }
      plan = plan(request.key(), head, upload.failed());
      upload.open(plan.targets(), version.chunks());
      if (!plan.isPossible()) {
        return tooFew(plan, upload);
      }
    }
    return new WriteOutcome.TooManyWriters(request.key());
  }

  private CommitResult commit(Attempt attempt, VersionRecord version, Transaction transaction) {
    try {
      return agreement.commit(attempt.key(), transaction);
    } catch (ObjectException.Unavailable e) {
      // Certainly not applied, unlike an unknown outcome.
      attempt.upload.takeBack(version);
      throw e;
    }
  }

  /** The head's record, for its context; its id alone makes the parent. */
  private Optional<VersionRecord> parent(ObjectKey key, Observation observed) {
    return Agreement.head(observed)
        .flatMap(head -> {
          List<String> nodes = new ArrayList<>();
          nodes.add(cluster.self());
          head.written().stream().filter(cluster.healthy()::contains).limit(1).forEach(nodes::add);
          return replicas.findVersion(key, head.version(), nodes);
        });
  }

  private VersionRecord version(
      WriteRequest request,
      BodyReader.Body body,
      Observation observed,
      Optional<VersionRecord> parent) {
    SortedSet<VersionId> chosen = request.terms().parents();
    if (!chosen.isEmpty()) {
      List<String> nodes = sources(Agreement.head(observed));
      List<VersionRecord> known =
          chosen.stream()
              .flatMap(id -> replicas.findVersion(request.key(), id, nodes).stream())
              .toList();
      return drafts.draft(request, body, chosen, Drafts.seen(known), 0);
    }
    TreeSet<VersionId> parents = new TreeSet<>();
    Agreement.head(observed).ifPresent(head -> parents.add(head.version()));
    return drafts.draft(
        request,
        body,
        parents,
        parent.map(VersionRecord::seenUpTo).orElse(VersionVector.EMPTY),
        parents.isEmpty() ? agreement.lastReaping(observed) : 0);
  }

  /** The same bytes put again on the same head are the version that is there. */
  private static boolean isUnchanged(Attempt attempt, Optional<VersionRecord> parent) {
    WriteRequest request = attempt.request;
    return attempt.fence.isEmpty()
        && !request.deleted()
        && request.terms().parents().isEmpty()
        && parent.isPresent()
        && parent
            .get()
            .hasSameBytesAs(attempt.body.sha256(), request.contentType(), request.metadata());
  }

  /**
   * Whether a majority of the replicas has it, found right just now: the replicas have verified or
   * replaced the chunks, and whoever lost the record gets it again. Otherwise it is written anew.
   */
  private boolean isKept(
      Attempt attempt,
      VersionRecord known,
      Observation observed,
      WritePlan plan,
      Deadline deadline) {
    HeadRecord head = Agreement.head(observed).orElseThrow();
    List<String> targets = plan.targets().stream().filter(head.holders()::contains).toList();
    if (targets.size() < plan.quorum() || observed.entry() == null) {
      return false;
    }
    Upload.Acks acks = attempt.upload.stage(known, targets);
    acks.await(plan.quorum(), deadline);
    if (acks.durable().size() < plan.quorum()) {
      return false;
    }
    attempt.upload.confirm(
        known,
        head.version(),
        observed.entry().revision(),
        acks.durable(),
        WritePlanner.without(head.holders(), Set.copyOf(acks.durable())),
        Deadline.after(CONFIRM_WAIT, nanos));
    return true;
  }

  /**
   * The version stays, and a request that may be repeated is remembered; empty when the head moved.
   */
  private Optional<WriteOutcome> keep(
      Attempt attempt, VersionRecord version, Observation observed) {
    WriteRequest request = attempt.request;
    HeadRecord head = Agreement.head(observed).orElseThrow();
    int written = head.written().size();
    long revision = observed.revision();
    if (request.id().isPresent()) {
      HeadRecord next =
          head.with(Repeats.memory(request, observed, version, head.copiesWanted(), written));
      Transaction remember =
          new Transaction(
              List.of(observed.unchanged()),
              List.of(new Change.Put(request.key().entry(), next.encode())));
      if (!(agreement.commit(request.key(), remember)
          instanceof CommitResult.Committed committed)) {
        return Optional.empty();
      }
      revision = committed.revision();
      // The entry has a new revision, which the listings of the copies follow.
      attempt.upload.confirm(
          version,
          head.version(),
          revision,
          List.of(),
          List.of(),
          Deadline.after(CONFIRM_WAIT, nanos));
    } else {
      // No commit proves that it is the head still.
      Observation now = agreement.observe(request.key());
      if (!Objects.equals(now.entry(), observed.entry())) {
        return Optional.empty();
      }
      revision = now.revision();
    }
    return Optional.of(
        new WriteOutcome.Written(
            version, head.version(), false, head.copiesWanted(), written, revision));
  }

  private Transaction move(
      Attempt attempt,
      WritePlan plan,
      VersionRecord version,
      List<String> counted,
      Observation head) {
    List<Condition> conditions = plan.conditions(counted, head);
    attempt.fence.ifPresent(conditions::add);
    HeadRecord next =
        placement.head(
            plan,
            version,
            version.id(),
            counted,
            Repeats.memory(attempt.request, head, version, plan.copiesWanted(), counted.size()));
    return new Transaction(
        conditions, List.of(new Change.Put(version.key().entry(), next.encode())));
  }

  private WriteOutcome done(
      VersionRecord version,
      Observation before,
      WritePlan plan,
      Upload.Acks acks,
      Upload upload,
      long revision) {
    List<String> durable = acks.durable();
    List<String> missing = WritePlanner.without(plan.holders(), Set.copyOf(durable));
    VersionId id = version.id();
    upload.confirm(version, id, revision, durable, missing, Deadline.after(CONFIRM_WAIT, nanos));
    boolean created = Agreement.head(before).filter(head -> !head.deleted()).isEmpty();
    return new WriteOutcome.Written(
        version.withState(VersionState.CONFIRMED),
        id,
        created,
        plan.copiesWanted(),
        acks.durable().size(),
        revision);
  }

  private static boolean isFenced(Optional<Condition> fence, CommitResult.Conflict conflict) {
    return fence.isPresent()
        && conflict.failed().stream().anyMatch(failed -> failed.key().equals(fence.get().key()));
  }

  /** The conflict tells what the head is now, if it was the head that moved. */
  private Observation headAfter(
      WriteRequest request, Observation head, CommitResult.Conflict conflict) {
    for (Observation failed : conflict.failed()) {
      if (failed.key().equals(request.key().entry())) {
        return failed;
      }
    }
    // The map or an incarnation moved: the view learns of it by its watch, a moment later.
    return head;
  }

  private void backOff(int attempt) {
    long millis = random.nextLong(1, Math.min(BACKOFF_MILLIS_MAX, 2L * attempt) + 1);
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while another writer was ahead", e);
    }
  }

  private WritePlan plan(ObjectKey key, Observation observed, Set<String> excluded) {
    return placement.plan(
        key, Agreement.head(observed).map(HeadRecord::holders).orElse(List.of()), excluded);
  }

  private static WriteOutcome tooFew(WritePlan plan) {
    return new WriteOutcome.TooFewReplicas(plan.targets().size(), plan.holders(), plan.quorum());
  }

  private WriteOutcome tooFew(WritePlan plan, Upload upload) {
    if (upload.isAnyDiskFull()) {
      return new WriteOutcome.DiskFull("Too many of the chosen nodes have a full disk.");
    }
    Set<String> slow = new TreeSet<>(upload.slow());
    slow.retainAll(cluster.healthy());
    slow.retainAll(plan.holders());
    plan.targets().forEach(slow::remove);
    return !slow.isEmpty() && plan.targets().size() + slow.size() >= plan.quorum()
        ? new WriteOutcome.ReplicasTooSlow(List.copyOf(slow))
        : tooFew(plan);
  }

  /** Of a tombstone. */
  static final BodySource NO_BODY = _ -> BodyReader.Body.EMPTY;
}
