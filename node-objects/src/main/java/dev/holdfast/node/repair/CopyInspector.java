// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.RepairPlanner.Copy;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.repair.RepairMessages.CopiesInspected;
import dev.holdfast.node.repair.RepairMessages.CopyReport;
import dev.holdfast.node.repair.RepairMessages.InspectCopies;
import dev.holdfast.node.store.LocalStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what a node has of some keys: the records, and on the disk the chunks that they name. Reads
 * no bytes; that is the work of the scrub.
 */
final class CopyInspector {
  private static final Logger log = LoggerFactory.getLogger(CopyInspector.class);
  private static final int PAGE = 500;

  /** Versions that one report names; more are found when those were fetched. */
  private static final int LACKING_MAX = 16;

  private final String self;
  private final LocalStore store;
  private final PeerNetwork network;
  private final Duration timeout;

  /** Registers the handler, so before the network starts. */
  CopyInspector(String self, LocalStore store, PeerNetwork network, Duration timeout) {
    this.self = self;
    this.store = store;
    this.network = network;
    this.timeout = timeout;
    network.serve(InspectCopies.class, (_, request) -> answer(request));
  }

  /** One key, and the version that is its head. */
  record Subject(ObjectKey key, VersionId head) {}

  /** What a node says of each, in their order; all unknown when it cannot be asked. */
  List<Copy> inspect(String nodeId, List<Subject> subjects) {
    if (nodeId.equals(self)) {
      return subjects.stream().map(this::inspect).toList();
    }
    InspectCopies request =
        new InspectCopies(
            subjects.stream().map(subject -> subject.key.value()).toList(),
            subjects.stream().map(subject -> subject.head.value()).toList());
    try {
      List<CopyReport> reports = network.call(nodeId, request, timeout).copies();
      if (reports.size() == subjects.size()) {
        return reports.stream().map(CopyInspector::copy).toList();
      }
      log.warn("{} reports on {} of {} copies", nodeId, reports.size(), subjects.size());
    } catch (PeerException e) {
      log.debug("{} cannot be asked for its copies", nodeId, e);
    }
    return subjects.stream().map(_ -> (Copy) new Copy.Unknown()).toList();
  }

  /** Those of these nodes that have all of an object on their disks. */
  Set<String> whole(ObjectKey key, VersionId head, List<String> nodes) {
    List<Subject> subject = List.of(new Subject(key, head));
    return nodes.stream()
        .filter(node -> inspect(node, subject).getFirst() instanceof Copy.Whole)
        .collect(Collectors.toSet());
  }

  private static Copy copy(CopyReport report) {
    return report.lacking().isEmpty()
        ? new Copy.Whole()
        : new Copy.Lacking(report.lacking().stream().map(VersionId::new).toList());
  }

  private CopiesInspected answer(InspectCopies request) {
    List<CopyReport> reports = new ArrayList<>();
    for (int i = 0; i < request.keys().size(); i++) {
      Subject subject =
          new Subject(
              new ObjectKey(request.keys().get(i)), new VersionId(request.versions().get(i)));
      reports.add(
          switch (inspect(subject)) {
            case Copy.Lacking some ->
                new CopyReport(some.versions().stream().map(VersionId::value).toList());
            case Copy.Whole _, Copy.Unknown _ -> new CopyReport(List.of());
          });
    }
    return new CopiesInspected(reports);
  }

  private Copy inspect(Subject subject) {
    Set<VersionId> lacking = new LinkedHashSet<>();
    if (!store.records().isConfirmed(subject.key, subject.head)) {
      lacking.add(subject.head);
    }
    Optional<VersionId> after = Optional.empty();
    List<VersionRecord> page;
    do {
      page = store.records().versions(subject.key, after, PAGE);
      for (VersionRecord version : page) {
        VersionId id = version.id();
        after = Optional.of(id);
        if (version.state() == VersionState.CONFIRMED && lacking.size() < LACKING_MAX) {
          check(version, id, lacking);
        }
      }
    } while (page.size() == PAGE && lacking.size() < LACKING_MAX);
    return lacking.isEmpty() ? new Copy.Whole() : new Copy.Lacking(List.copyOf(lacking));
  }

  private void check(VersionRecord version, VersionId id, Set<VersionId> lacking) {
    if (!version.chunks().stream().allMatch(this::isThere)) {
      lacking.add(id);
    }
    for (VersionId parent : version.parents()) {
      if (!store.records().isConfirmed(version.key(), parent)) {
        lacking.add(parent);
      }
    }
  }

  private boolean isThere(ChunkRef ref) {
    if (store.chunks().isOnDisk(ref)) {
      return true;
    }
    // What the index still names is given up by a read, so that it is fetched again.
    var _ = store.chunks().read(ref);
    return false;
  }
}
