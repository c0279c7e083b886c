// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.node.object.ObjectReader.Sources;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Declined;
import dev.holdfast.spi.merge.MergePolicy.Merged;
import dev.holdfast.spi.merge.MergePolicy.Side;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges a branch into the confirmed head by the policy for its type, where the configuration names
 * one. The merge is an ordinary write with both as its parents, so it is confirmed or not made.
 * Policies are pure and the id of a version is a hash of what it is: the same merge made twice is
 * one version. Thread-safe.
 */
final class Merger {
  private static final Logger log = LoggerFactory.getLogger(Merger.class);

  /** Of the author of a merge. */
  static final String AUTHOR_PREFIX = "merge:";

  /** Branches of which it is remembered that they were declined: a policy would say so again. */
  private static final int DECLINED_MAX = 10_000;

  private final String self;
  private final Reach reach;
  private final Agreement agreement;
  private final Replicas replicas;
  private final ObjectReader reader;
  private final ObjectService service;
  private final List<MergeRule> rules;

  private final Map<VersionId, Refusal> declined =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<VersionId, Refusal> eldest) {
              return size() > DECLINED_MAX;
            }
          });

  Merger(
      String self,
      Reach reach,
      Agreement agreement,
      Replicas replicas,
      ObjectReader reader,
      ObjectService service,
      List<MergeRule> rules) {
    this.self = self;
    this.reach = reach;
    this.agreement = agreement;
    this.replicas = replicas;
    this.reader = reader;
    this.service = service;
    this.rules = List.copyOf(rules);
  }

  /** What became of a branch. */
  sealed interface Result {
    /** The head comes after it. */
    record Done() implements Result {}

    /** The head moved, or too few replicas answered: worth another look. */
    record Later() implements Result {}

    /**
     * Somebody has to merge.
     *
     * @param why empty when no policy merges its type
     */
    record ByHand(String why) implements Result {}
  }

  private record Refusal(VersionId head, String why) {}

  /**
   * Blocking; repeatable.
   *
   * @param branch a provisional version that does not come after the head
   * @throws ObjectException when no majority answers
   */
  Result merge(VersionRecord branch, VersionId id) {
    Optional<MergeRule> rule =
        rules.stream().filter(one -> one.handles(branch.contentType())).findFirst();
    if (rule.isEmpty()) {
      return new Result.ByHand("");
    }
    Optional<HeadRecord> head = Agreement.head(agreement.observe(branch.key()));
    if (head.isEmpty()) {
      return new Result.Later();
    }
    Refusal refusal = declined.get(id);
    if (refusal != null && refusal.head.equals(head.get().version())) {
      return new Result.ByHand(refusal.why);
    }
    try {
      return merge(rule.get(), branch, id, head.get());
    } catch (ObjectException.CopiesUnreachable e) {
      log.debug("Not all bytes for a merge of {} can be read", branch.key(), e);
      return new Result.Later();
    }
  }

  private Result merge(MergeRule rule, VersionRecord branch, VersionId id, HeadRecord agreed) {
    ObjectKey key = branch.key();
    VersionRecord head = reader.version(key, agreed);
    List<String> nodes = nodes(agreed);
    Optional<VersionId> common =
        Lineage.nearestCommonAncestor(
            agreed.version(), id, version -> known(key, version, agreed, nodes));
    if (common.filter(id::equals).isPresent()) {
      return new Result.Done();
    }
    Optional<String> hindrance = hindrance(head, branch);
    if (hindrance.isPresent()) {
      return decline(id, agreed, hindrance.get());
    }
    Sources sources = new Sources(nodes, false);
    Optional<Side> ancestor =
        common
            .flatMap(version -> known(key, version, agreed, nodes))
            .filter(version -> !version.isRemoved() && hindrance(version, branch).isEmpty())
            .map(version -> side(version, sources));
    MergePolicy.Request request =
        new MergePolicy.Request(
            key.value(), head.contentType(), ancestor, side(head, sources), side(branch, sources));
    return switch (rule.policy().apply(request).orElse(null)) {
      // Not remembered: the policy may answer when the head is the same.
      case null -> new Result.ByHand(rule.name() + " gave no answer.");
      case Declined(String why) -> decline(id, agreed, why);
      case Merged merged -> write(rule, head, Set.of(agreed.version(), id), merged);
    };
  }

  private Optional<VersionRecord> known(
      ObjectKey key, VersionId version, HeadRecord head, List<String> nodes) {
    // Of a head that is staged yet where it is asked for, the coordinator knows that it is one.
    return head.version().equals(version)
        ? replicas.findVersion(key, version, nodes)
        : replicas.findKept(key, version, nodes);
  }

  private Result decline(VersionId id, HeadRecord head, String why) {
    declined.put(id, new Refusal(head.version(), why));
    return new Result.ByHand(why);
  }

  /** Why two versions cannot be given to a policy. */
  private static Optional<String> hindrance(VersionRecord one, VersionRecord branch) {
    if (one.deleted() || branch.deleted()) {
      return Optional.of("One side deleted the object.");
    }
    if (!one.contentType().equals(branch.contentType())) {
      return Optional.of("The sides have different content types.");
    }
    return Math.max(one.sizeBytes(), branch.sizeBytes()) > MergePolicy.SIZE_BYTES_MAX
        ? Optional.of("A side is larger than " + MergePolicy.SIZE_BYTES_MAX + " bytes.")
        : Optional.empty();
  }

  private Side side(VersionRecord version, Sources sources) {
    ByteArrayOutputStream out = new ByteArrayOutputStream((int) version.sizeBytes());
    try {
      reader.open(version, sources, new ByteRange(0, version.sizeBytes())).writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Side(Bytes.wrap(out.toByteArray()), version.metadata());
  }

  private Result write(MergeRule rule, VersionRecord head, Set<VersionId> parents, Merged merged) {
    WriteRequest request =
        new WriteRequest(
            head.key(),
            head.contentType(),
            merged.metadata(),
            false,
            Preconditions.NONE,
            Optional.empty(),
            AUTHOR_PREFIX + rule.name(),
            Optional.empty(),
            new WriteTerms(
                WriteTerms.Durability.MAJORITY,
                WriteTerms.Consistency.CONFIRMED,
                new TreeSet<>(parents)));
    byte[] bytes = merged.bytes().toArray();
    WriteOutcome outcome =
        service.put(
            request,
            new ObjectService.Upbound(
                new ByteArrayInputStream(bytes), bytes.length, Optional.empty()));
    return switch (outcome) {
      case WriteOutcome.Written written -> {
        log.info("{} was merged by {} as {}", head.key(), rule.name(), written.id());
        yield new Result.Done();
      }
      case WriteOutcome.Accepted _, WriteOutcome.Refused _ -> {
        log.debug("A merge of {} is tried again after {}", head.key(), outcome);
        yield new Result.Later();
      }
    };
  }

  private List<String> nodes(HeadRecord head) {
    Set<String> nodes = new LinkedHashSet<>();
    nodes.add(self);
    nodes.addAll(reader.sources(head).nodes());
    nodes.addAll(reach.nodes());
    return List.copyOf(nodes);
  }
}
