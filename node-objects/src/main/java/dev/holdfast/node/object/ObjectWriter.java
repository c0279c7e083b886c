package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.replication.WritePlanner;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Writes one version: stage it at a majority of its holders, then move the head by one commit.
 *
 * <pre>
 *   head ── plan ── stage ──(majority fsynced)── commit ── confirm
 *    ▲                │ too few               │ Conflict
 *    └── plan anew ◄──┴───────────────────────┘ re-parent (R22), the bytes stay where they are
 * </pre>
 */
final class ObjectWriter {
  /** Waits for the first holder to show the write in its listing; then the reply goes anyway. */
  private static final Duration CONFIRM_WAIT = Duration.ofSeconds(2);

  private static final long BACKOFF_MILLIS_MAX = 50;

  private final ClusterView cluster;
  private final Placement placement;
  private final Agreement agreement;
  private final Holders holders;
  private final NodeStore records;
  private final Fences fences;
  private final ObjectSettings settings;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Repeats repeats;

  ObjectWriter(
      ClusterView cluster,
      Placement placement,
      Agreement agreement,
      Holders holders,
      NodeStore records,
      Fences fences,
      ObjectSettings settings,
      InstantSource clock,
      RandomGenerator random) {
    this.cluster = cluster;
    this.placement = placement;
    this.agreement = agreement;
    this.holders = holders;
    this.records = records;
    this.fences = fences;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.repeats = new Repeats(cluster, holders);
  }

  /** What a write asks for, beside its bytes. */
  record Wish(
      ObjectKey key,
      String contentType,
      SortedMap<String, String> metadata,
      boolean deleted,
      Preconditions preconditions,
      Optional<String> fence,
      String author,
      Optional<WriteRequest> request) {
    /** A write that is sent once. */
    Wish(
        ObjectKey key,
        String contentType,
        SortedMap<String, String> metadata,
        boolean deleted,
        Preconditions preconditions,
        Optional<String> fence,
        String author) {
      this(key, contentType, metadata, deleted, preconditions, fence, author, Optional.empty());
    }

    /** Once it is known that nothing with its id is committed so far. */
    Wish unansweredAt(long revision) {
      return new Wish(
          key,
          contentType,
          metadata,
          deleted,
          preconditions,
          fence,
          author,
          request.map(known -> known.notUpTo(revision)));
    }
  }

  /**
   * @param created there was no object before
   * @param written copies fsynced when the reply was made
   * @param revision at which the write was in force
   */
  record Outcome(
      VersionRecord version,
      VersionId id,
      boolean created,
      int wanted,
      int written,
      long revision) {}

  /** Where the bytes come from, once the plan stands. */
  @FunctionalInterface
  interface BodySource {
    BodyReader.Body send(Upload upload);
  }

  Outcome write(Wish asked, BodySource source) {
    Observation head = agreement.observe(asked.key());
    Optional<Outcome> first = repeats.answered(asked, head);
    if (first.isPresent()) {
      return first.get();
    }
    Wish wish = asked.unansweredAt(head.revision());
    check(wish, head);
    Optional<Condition> fence = wish.fence().map(fences::condition);
    WritePlan plan = plan(wish.key(), head, Set.of());
    if (!plan.isPossible()) {
      throw tooFew(plan);
    }
    try (Upload upload = new Upload(holders, settings.peerTimeout().toMillis())) {
      upload.open(plan.targets(), List.of());
      BodyReader.Body body = source.send(upload);
      return agree(wish, body, upload, head, plan, fence);
    }
  }

  private static void check(Wish wish, Observation observed) {
    Optional<HeadRecord> head = Agreement.head(observed);
    // Before the conditions, which count only where a request would succeed (RFC 9110 §13.2.1).
    if (wish.deleted() && head.filter(found -> !found.deleted()).isEmpty()) {
      throw Problems.notFound(wish.key());
    }
    wish.preconditions().check(head);
  }

  private Outcome agree(
      Wish wish,
      BodyReader.Body body,
      Upload upload,
      Observation observed,
      WritePlan planned,
      Optional<Condition> fence) {
    Observation head = observed;
    WritePlan plan = planned;
    long deadline = System.nanoTime() + settings.deadline().toNanos();
    for (int attempt = 1; attempt <= settings.conflictsMax(); attempt++) {
      Optional<VersionRecord> parent = parent(wish.key(), head);
      if (isUnchanged(wish, body, parent, fence)) {
        Optional<Outcome> kept = keep(wish, parent.orElseThrow(), head, upload);
        if (kept.isPresent()) {
          return kept.get();
        }
        head = agreement.observe(wish.key());
        Optional<Outcome> first = overtaken(wish, head, attempt);
        if (first.isPresent()) {
          return first.get();
        }
        continue;
      }
      VersionRecord version = version(wish, body, head, parent);
      Upload.Acks acks = upload.stage(version, plan.targets());
      acks.await(plan.quorum(), deadline - System.nanoTime());
      List<String> counted = plan.counted(acks.durable());
      if (counted.size() >= plan.quorum()) {
        CommitResult result =
            agreement.commit(wish.key(), move(wish, plan, version, counted, head, fence));
        switch (result) {
          case CommitResult.Committed committed -> {
            return done(version, head, plan, acks, upload, committed.revision());
          }
          case CommitResult.Conflict conflict -> {
            refuseWhenFenced(wish, fence, conflict);
            head = headAfter(wish, head, conflict);
            Optional<Outcome> first = overtaken(wish, head, attempt);
            if (first.isPresent()) {
              return first.get();
            }
          }
        }
      } else if (System.nanoTime() - deadline >= 0) {
        throw tooFew(plan, upload);
      }
      WritePlan next = plan(wish.key(), head, upload.failed());
      upload.open(next.targets(), version.chunks());
      if (!next.isPossible()) {
        throw tooFew(next, upload);
      }
      plan = next;
    }
    throw Problems.contended(wish.key(), settings.conflictsMax());
  }

  /** Somebody was ahead: this very write, whose answer is given then, or another one. */
  private Optional<Outcome> overtaken(Wish wish, Observation head, int attempt) {
    Optional<Outcome> first = repeats.answered(wish, head);
    if (first.isEmpty()) {
      check(wish, head);
      backOff(attempt);
    }
    return first;
  }

  /** The head's record, for its context; its id alone makes the parent. */
  private Optional<VersionRecord> parent(ObjectKey key, Observation observed) {
    return Agreement.head(observed)
        .flatMap(head -> {
          List<String> nodes = new ArrayList<>();
          nodes.add(cluster.self());
          head.written().stream().filter(cluster.healthy()::contains).limit(1).forEach(nodes::add);
          return holders.findVersion(key, head.version(), nodes);
        });
  }

  private VersionRecord version(
      Wish wish, BodyReader.Body body, Observation observed, Optional<VersionRecord> parent) {
    TreeSet<VersionId> parents = new TreeSet<>();
    Agreement.head(observed).ifPresent(head -> parents.add(head.version()));
    return new VersionRecord(
        wish.key(),
        parents,
        new TreeSet<>(Set.of(records.nextDot())),
        parent.map(VersionRecord::seenUpTo).orElse(VersionVector.EMPTY),
        body.content(),
        body.sha256(),
        wish.contentType(),
        wish.metadata(),
        wish.deleted(),
        wish.author(),
        clock.millis(),
        0,
        VersionState.STAGED);
  }

  /** The same bytes put again on the same head are the version that is there. */
  private static boolean isUnchanged(
      Wish wish, BodyReader.Body body, Optional<VersionRecord> parent, Optional<Condition> fence) {
    return fence.isEmpty()
        && !wish.deleted()
        && parent.isPresent()
        && parent.get().hasSameBytesAs(body.sha256(), wish.contentType(), wish.metadata());
  }

  /**
   * The version stays, and a request that may be repeated is remembered; empty when the head moved.
   */
  private Optional<Outcome> keep(
      Wish wish, VersionRecord version, Observation observed, Upload upload) {
    HeadRecord head = Agreement.head(observed).orElseThrow();
    int written = head.written().size();
    long revision = observed.revision();
    if (wish.request().isPresent()) {
      HeadRecord next =
          head.with(Repeats.memory(wish, observed, version, head.copiesWanted(), written));
      Transaction remember =
          new Transaction(
              List.of(observed.unchanged()),
              List.of(new Change.Put(wish.key().entry(), next.encode())));
      if (!(agreement.commit(wish.key(), remember) instanceof CommitResult.Committed committed)) {
        return Optional.empty();
      }
      revision = committed.revision();
      // The entry has a new revision, which the listings of the copies follow.
      upload.confirm(version, head.version(), revision, List.of(), CONFIRM_WAIT.toNanos());
    }
    return Optional.of(
        new Outcome(version, head.version(), false, head.copiesWanted(), written, revision));
  }

  private Transaction move(
      Wish wish,
      WritePlan plan,
      VersionRecord version,
      List<String> counted,
      Observation head,
      Optional<Condition> fence) {
    List<Condition> conditions = plan.conditions(counted, head);
    fence.ifPresent(conditions::add);
    HeadRecord next =
        new HeadRecord(
            version.id(),
            version.sizeBytes(),
            version.deleted(),
            placement.policyName(),
            plan.epoch(),
            plan.copiesWanted(),
            plan.holders(),
            counted,
            Repeats.memory(wish, head, version, plan.copiesWanted(), counted.size()));
    return new Transaction(
        conditions, List.of(new Change.Put(version.key().entry(), next.encode())));
  }

  private static Outcome done(
      VersionRecord version,
      Observation before,
      WritePlan plan,
      Upload.Acks acks,
      Upload upload,
      long revision) {
    List<String> durable = acks.durable();
    List<String> behind = WritePlanner.without(plan.holders(), Set.copyOf(durable));
    VersionId id = version.id();
    upload.confirm(version, id, revision, behind, CONFIRM_WAIT.toNanos());
    boolean created = Agreement.head(before).filter(head -> !head.deleted()).isEmpty();
    return new Outcome(
        version.withState(VersionState.CONFIRMED),
        id,
        created,
        plan.copiesWanted(),
        acks.durable().size(),
        revision);
  }

  private static void refuseWhenFenced(
      Wish wish, Optional<Condition> fence, CommitResult.Conflict conflict) {
    if (fence.isPresent()
        && conflict.failed().stream().anyMatch(failed -> failed.key().equals(fence.get().key()))) {
      throw Problems.fenced(wish.key());
    }
  }

  /** The conflict tells what the head is now, if it was the head that moved. */
  private Observation headAfter(Wish wish, Observation head, CommitResult.Conflict conflict) {
    for (Observation failed : conflict.failed()) {
      if (failed.key().equals(wish.key().entry())) {
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

  private static ProblemException tooFew(WritePlan plan) {
    return Problems.noMajority(
        "%d of the nodes %s are up, %d are needed."
            .formatted(plan.targets().size(), plan.holders(), plan.quorum()));
  }

  private static ProblemException tooFew(WritePlan plan, Upload upload) {
    if (upload.isAnyDiskFull()) {
      return Problems.diskFull("Too many of the chosen nodes have a full disk.");
    }
    return tooFew(plan);
  }

  /** Of a tombstone. */
  static final BodySource NO_BODY = _ -> BodyReader.Body.EMPTY;
}
