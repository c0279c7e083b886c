// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.WriteMemory;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes that come twice: since the answer was lost, or since a node was so slow that the client
 * went to another one. The head remembers the answers of its last writes, so the second one changes
 * nothing and is answered like the first.
 */
final class Repeats {
  private final ClusterView cluster;
  private final Replicas replicas;

  Repeats(ClusterView cluster, Replicas replicas) {
    this.cluster = cluster;
    this.replicas = replicas;
  }

  /**
   * The first answer, if the write is committed already, or {@link WriteOutcome.Stale} when that is
   * not known any more; empty when it certainly is not.
   */
  Optional<WriteOutcome> answered(WriteRequest request, Observation observed) {
    Optional<HeadRecord> head = Agreement.head(observed);
    if (request.id().isEmpty() || head.isEmpty()) {
      return Optional.empty();
    }
    WriteId id = request.id().get();
    Optional<WriteMemory.Answer> first = head.get().memory().of(id.id());
    if (first.isEmpty() && head.get().memory().mayHaveForgotten(id.seen())) {
      return Optional.of(new WriteOutcome.Stale(request.key(), observed.revision()));
    }
    return first.map(answer -> written(request.key(), head.get(), answer, revision(observed)));
  }

  private WriteOutcome written(
      ObjectKey key, HeadRecord head, WriteMemory.Answer answer, long revision) {
    List<String> nodes = new ArrayList<>();
    nodes.add(cluster.self());
    head.holders().stream().filter(cluster.healthy()::contains).forEach(nodes::add);
    VersionRecord version =
        replicas
            .findVersion(key, answer.version(), nodes)
            .orElseThrow(() -> new ObjectException.CopiesUnreachable(key, head.holders()));
    return new WriteOutcome.Written(
        version, answer.version(), answer.created(), answer.wanted(), answer.written(), revision);
  }

  /** What the head remembers once this write is committed on top of it. */
  static WriteMemory memory(
      WriteRequest request, Observation observed, VersionRecord version, int wanted, int written) {
    Optional<HeadRecord> head = Agreement.head(observed);
    WriteMemory before = head.map(HeadRecord::memory).orElse(WriteMemory.NONE);
    return request
        .id()
        .map(id ->
            before.with(
                new WriteMemory.Answer(
                    id.id(),
                    revision(observed),
                    version.id(),
                    head.filter(found -> !found.deleted()).isEmpty(),
                    wanted,
                    written)))
        .orElse(before);
  }

  /**
   * What the head remembers once these versions, which were made without agreement, are part of its
   * history: whichever node a repeat of one comes to, it is answered.
   *
   * @param versions the oldest first, the new head last
   */
  static WriteMemory memory(
      Observation observed, List<VersionRecord> versions, int wanted, int written) {
    Optional<HeadRecord> head = Agreement.head(observed);
    WriteMemory memory = head.map(HeadRecord::memory).orElse(WriteMemory.NONE);
    boolean isCreated = head.filter(found -> !found.deleted()).isEmpty();
    for (VersionRecord version : versions) {
      if (!version.request().isEmpty()) {
        memory =
            memory.with(
                new WriteMemory.Answer(
                    version.request(),
                    revision(observed),
                    version.id(),
                    isCreated,
                    wanted,
                    written));
      }
    }
    return memory;
  }

  /** Whether the head knows this branch as a write that was repeated elsewhere, and agreed on. */
  static boolean isRepeatedIn(HeadRecord head, VersionRecord branch) {
    return !branch.request().isEmpty() && head.memory().of(branch.request()).isPresent();
  }

  private static long revision(Observation observed) {
    Entry entry = observed.entry();
    return entry == null ? 0 : entry.revision();
  }
}
