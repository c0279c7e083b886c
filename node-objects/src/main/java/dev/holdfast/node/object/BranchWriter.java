// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * Writes one version that the cluster does not agree on before the answer: provisional.
 *
 * <pre>
 *   heads that are known ── stage at this node and those in reach ── accept here (fsync) ── accept there
 * </pre>
 *
 * The commit point is the record on this node's disk, together with an intent for each replica of
 * the key. The {@link Reconciler} tries to confirm it later.
 */
final class BranchWriter {
  /** For the copies at other nodes; then the reply says how many there are. */
  private static final Duration COPIES_WAIT = Duration.ofSeconds(2);

  private final String self;
  private final Reach reach;
  private final Placement placement;
  private final Agreement agreement;
  private final Replicas replicas;
  private final Sights sights;
  private final NodeStore records;
  private final Drafts drafts;
  private final Repeats repeats;
  private final ObjectSettings settings;
  private final Runnable onAccepted;
  private final LongSupplier nanos;

  /**
   * @param onAccepted wakes whoever confirms
   */
  BranchWriter(
      String self,
      Reach reach,
      Placement placement,
      Agreement agreement,
      Replicas replicas,
      NodeStore records,
      Drafts drafts,
      Repeats repeats,
      ObjectSettings settings,
      Runnable onAccepted,
      LongSupplier nanos) {
    this.self = self;
    this.reach = reach;
    this.placement = placement;
    this.agreement = agreement;
    this.replicas = replicas;
    this.sights = new Sights(replicas);
    this.records = records;
    this.drafts = drafts;
    this.repeats = repeats;
    this.settings = settings;
    this.onAccepted = onAccepted;
    this.nanos = nanos;
  }

  /**
   * What is known of a key when a write of it begins.
   *
   * @param confirmed the head, agreed on or as the nodes in reach know it
   * @param reapedRevision of the key's last reaping, for a new root (R25)
   * @param holders of the key, best first
   * @param nodes that are asked and written to; this one first
   */
  private record Known(
      Optional<VersionId> confirmed,
      long reapedRevision,
      KeySight sight,
      List<String> holders,
      int copiesWanted,
      List<String> nodes) {
    List<String> targets() {
      return nodes.stream().filter(node -> holders.contains(node)).toList();
    }
  }

  WriteOutcome write(WriteRequest request, ObjectWriter.BodySource source) {
    if (request.id().isPresent() && !reach.isCutOff()) {
      Optional<WriteOutcome> agreed =
          repeats
              .answered(request, agreement.observe(request.key()))
              .filter(answer -> answer instanceof WriteOutcome.Written);
      if (agreed.isPresent()) {
        return agreed.get();
      }
    }
    Known known = look(request.key());
    try (Upload upload = new Upload(replicas, settings.peerTimeout().toMillis())) {
      upload.open(targets(known), List.of());
      BodyReader.Body body;
      try {
        body = source.send(upload);
      } catch (ReplicasLostException _) {
        return refusal(known, upload);
      }
      return accept(request, body, upload, known);
    }
  }

  /** A write whose bytes are at some nodes already, and that cannot be agreed on. */
  WriteOutcome accept(WriteRequest request, BodyReader.Body body, Upload upload) {
    return accept(request, body, upload, look(request.key()));
  }

  private WriteOutcome accept(
      WriteRequest request, BodyReader.Body body, Upload upload, Known known) {
    List<VersionRecord> parents = parents(request, known);
    Optional<VersionRecord> latest =
        request.terms().parents().isEmpty() && !parents.isEmpty()
            ? Optional.of(parents.getFirst())
            : Optional.empty();
    if (request.deleted() && isNothing(request, known, latest)) {
      return new WriteOutcome.NotFound(request.key());
    }
    if (latest.isPresent() && isRepeated(request, body, latest.get())) {
      return answer(latest.get(), known, 1);
    }
    Optional<VersionRecord> first =
        request.id().flatMap(name -> madeAs(name, request.key(), known));
    if (first.isPresent()) {
      return answer(first.get(), known, 1);
    }
    SortedSet<VersionId> ids = parentIds(request, known, parents);
    VersionRecord version =
        drafts.draft(request, body, ids, Drafts.seen(parents), known.reapedRevision);
    if (request.id().isPresent()) {
      version = version.requestedAs(request.id().get().id());
    }
    if (replicas.isConfirmedAt(request.key(), version.id(), known.nodes)) {
      return agreed(version, known);
    }
    List<String> targets = targets(known);
    upload.open(targets, body.content().chunks());
    int wanted = request.terms().durability().copies(known.copiesWanted);
    Upload.Acks staged = upload.stage(version, targets);
    staged.await(wanted, Deadline.after(COPIES_WAIT, nanos));
    Deadline deadline = Deadline.after(settings.deadline(), nanos);
    while (!staged.durable().contains(self)
        && upload.alive().contains(self)
        && !deadline.hasPassed()) {
      staged.await(staged.durable().size() + 1, deadline);
    }
    if (!staged.durable().contains(self)) {
      upload.takeBack(version);
      return refusal(known, upload);
    }
    VersionId id = version.id();
    if (!records.accept(request.key(), id, version, intents(request.key(), id, known))) {
      throw new IllegalStateException("A record that is given is accepted");
    }
    List<String> others = targets.stream().filter(node -> !node.equals(self)).toList();
    Upload.Acks accepted = upload.accept(version, id, others);
    accepted.await(wanted - 1, Deadline.after(COPIES_WAIT, nanos));
    onAccepted.run();
    return answer(version, known, 1 + accepted.durable().size());
  }

  /** Each replica gets it, also one that fails right after it has staged it (R24). */
  private List<Intent> intents(ObjectKey key, VersionId id, Known known) {
    return known.holders.stream()
        .filter(node -> !node.equals(self))
        .map(node -> Intent.asFound(node, key, id))
        .toList();
  }

  private List<String> targets(Known known) {
    Set<String> targets = new TreeSet<>(known.targets());
    targets.remove(self);
    List<String> ordered = new ArrayList<>();
    ordered.add(self);
    ordered.addAll(targets);
    return ordered;
  }

  private Known look(ObjectKey key) {
    if (!reach.isCutOff()) {
      Observation observed = agreement.observe(key);
      Optional<HeadRecord> head = Agreement.head(observed);
      WritePlan plan =
          placement.plan(key, head.map(HeadRecord::holders).orElse(List.of()), Set.of());
      return new Known(
          head.map(HeadRecord::version),
          head.isPresent() ? 0 : agreement.lastReaping(observed),
          sights.of(key, List.of(self)),
          plan.holders(),
          plan.copiesWanted(),
          reach.nodes());
    }
    List<String> nodes = reach.nodes();
    KeySight sight = sights.of(key, nodes);
    WritePlan plan = placement.plan(key, List.of(), Set.of());
    return new Known(
        sight.head().map(head -> head.version()),
        agreement.lastReapingKnown(key),
        sight,
        plan.holders(),
        plan.copiesWanted(),
        nodes);
  }

  /**
   * The records of the parents that can be reached. Without a choice of the client it is the latest
   * head, provisional ones too: a client that writes twice makes one branch and not two.
   */
  private List<VersionRecord> parents(WriteRequest request, Known known) {
    if (!request.terms().parents().isEmpty()) {
      return request.terms().parents().stream()
          .flatMap(id -> replicas.findVersion(request.key(), id, known.nodes).stream())
          .toList();
    }
    return sights
        .head(
            request.key(), ReadMode.PROVISIONAL_ALLOWED, known.confirmed, known.sight, known.nodes)
        .map(List::of)
        .orElse(List.of());
  }

  private static SortedSet<VersionId> parentIds(
      WriteRequest request, Known known, List<VersionRecord> parents) {
    if (!request.terms().parents().isEmpty()) {
      return request.terms().parents();
    }
    TreeSet<VersionId> ids = new TreeSet<>();
    parents.forEach(parent -> ids.add(parent.id()));
    if (ids.isEmpty()) {
      // Its record cannot be reached: its id alone makes the parent.
      known.confirmed.ifPresent(ids::add);
    }
    return ids;
  }

  private static boolean isNothing(
      WriteRequest request, Known known, Optional<VersionRecord> latest) {
    return request.terms().parents().isEmpty()
        && latest.map(VersionRecord::deleted).orElse(known.confirmed.isEmpty());
  }

  /**
   * The version that this very write made at another node, whose answer got lost: among the
   * branches that can be reached, and what they rest on.
   */
  private Optional<VersionRecord> madeAs(WriteId name, ObjectKey key, Known known) {
    KeySight all = known.sight.plus(sights.of(key, known.nodes));
    return sights.branches(key, all, known.nodes).stream()
        .flatMap(branch ->
            sights.path(key, branch.parents(), known.confirmed, known.nodes).with(branch).stream())
        .filter(version -> version.request().equals(name.id()))
        .findFirst();
  }

  /** The same provisional write, sent again. */
  private static boolean isRepeated(
      WriteRequest request, BodyReader.Body body, VersionRecord latest) {
    return latest.state() == VersionState.PROVISIONAL
        && !request.deleted()
        && latest.hasSameBytesAs(body.sha256(), request.contentType(), request.metadata());
  }

  /** The same change was made before, and the cluster agreed on it: it is one version. */
  private static WriteOutcome agreed(VersionRecord version, Known known) {
    return new WriteOutcome.Written(
        version.withState(VersionState.CONFIRMED),
        version.id(),
        false,
        known.copiesWanted,
        known.targets().size(),
        known.sight.head().map(HeadRow::revision).orElse(0L));
  }

  private WriteOutcome answer(VersionRecord version, Known known, int written) {
    Lineage.Path path = sights.path(version.key(), version.parents(), known.confirmed, known.nodes);
    return new WriteOutcome.Accepted(
        version.withState(VersionState.PROVISIONAL),
        version.id(),
        known.confirmed.isEmpty() && version.parents().isEmpty(),
        known.copiesWanted,
        written,
        path.descent() != Lineage.Descent.YES);
  }

  private WriteOutcome refusal(Known known, Upload upload) {
    return upload.isAnyDiskFull()
        ? new WriteOutcome.DiskFull("The disk of this node is full.")
        : new WriteOutcome.TooFewReplicas(0, known.holders, 1);
  }
}
