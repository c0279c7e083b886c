// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.fence.Fences;
import java.util.List;

/** What became of a write. What hinders it on its way is an {@link ObjectException}. */
sealed interface WriteOutcome {
  /**
   * A majority of the replicas has fsynced the version, and the head names it.
   *
   * @param created there was no object before
   * @param written copies fsynced when the reply was made
   * @param revision at which the write was in force
   */
  record Written(
      VersionRecord version, VersionId id, boolean created, int wanted, int written, long revision)
      implements WriteOutcome {}

  /**
   * Some nodes have fsynced the version, and the cluster has not agreed on it. It is not lost: it
   * becomes the head when it extends the one that is there, else it stays a branch.
   *
   * @param created this node knew of no object before
   * @param written copies fsynced when the reply was made
   * @param isBranch it does not extend the confirmed head, as far as is known
   */
  record Accepted(
      VersionRecord version,
      VersionId id,
      boolean created,
      int wanted,
      int written,
      boolean isBranch)
      implements WriteOutcome {}

  /** Nothing was changed by this request. */
  sealed interface Refused extends WriteOutcome {}

  /** There is nothing to delete. */
  record NotFound(ObjectKey key) implements Refused {}

  /**
   * @param isFinal no other try of the same request was or will be carried out (R12)
   */
  record PreconditionFailed(Preconditions.Violation violation, boolean isFinal) implements Refused {
    PreconditionFailed(Preconditions.Violation violation) {
      this(violation, false);
    }
  }

  /** The fence did not hold when the write began. */
  record FenceRefused(Fences.Verdict.Refused verdict) implements Refused {}

  /** The lock moved on while the write was under way. */
  record Fenced(ObjectKey key) implements Refused {}

  /**
   * A write with the same id may have been made and forgotten.
   *
   * @param revision of the newest head: who has seen it can begin again
   */
  record Stale(ObjectKey key, long revision) implements Refused {}

  /**
   * May be retried when more nodes are up.
   *
   * @param chosen nodes for the copies
   */
  record TooFewReplicas(int up, List<String> chosen, int needed) implements Refused {
    public TooFewReplicas {
      chosen = List.copyOf(chosen);
    }
  }

  /** These nodes are up, and cannot keep up. May be retried later. */
  record ReplicasTooSlow(List<String> nodes) implements Refused {
    public ReplicasTooSlow {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * The version does not come after the confirmed head, and the writer wants no branch.
   *
   * @param head the confirmed one
   */
  record NotOnHead(ObjectKey key, VersionId head) implements Refused {}

  /** Nobody that was asked knows this version. */
  record VersionUnknown(ObjectKey key, VersionId id) implements Refused {}

  record DiskFull(String why) implements Refused {}

  /** Other writers of the key were ahead for too long. May be retried later. */
  record TooManyWriters(ObjectKey key) implements Refused {}
}
