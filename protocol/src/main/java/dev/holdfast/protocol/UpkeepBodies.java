// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.util.List;

/** Bodies of {@code /v1/cluster/audit} and {@code /v1/cluster/cleanup}: how copies stand. */
public final class UpkeepBodies {
  private UpkeepBodies() {}

  /**
   * {@code /v1/cluster/audit}: the sums over the nodes that answer.
   *
   * @param running whether a node audits now
   * @param keys that were audited
   * @param underReplicated keys of which fewer whole copies can be reached than are wanted
   * @param overReplicated keys of which there are more whole copies than the policy needs
   * @param misplaced keys with a copy at a dead or removed node, or that are not spread as they
   *     should be
   * @param unreachable keys of which no whole copy can be reached
   * @param waiting keys that cannot be repaired now: nodes are missing
   * @param toRepair keys whose repair is planned, done or failed
   * @param copiedBytes by this audit's repairs
   * @param toCopyBytes of the heads in the plan so far
   * @param secondsLeft for the plan so far, -1 when that cannot be told
   */
  public record Audit(
      boolean running,
      long keys,
      long underReplicated,
      long overReplicated,
      long misplaced,
      long unreachable,
      long waiting,
      long toRepair,
      long repaired,
      long failed,
      long copiedBytes,
      long toCopyBytes,
      long secondsLeft,
      List<NodeAudit> nodes) {
    public Audit {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * The audit of the keys that one node is responsible for: the one under way, or the last one.
   *
   * @param answered false when the node could not be asked: then all else says nothing
   * @param repairs whether it repairs what it finds
   * @param completed audits since the node started
   * @param begunAtMillis wall clock of that node, 0 when there was none
   * @param failure why it is tried again soon, empty when it is not
   */
  public record NodeAudit(
      String node,
      boolean answered,
      boolean running,
      boolean repairs,
      long completed,
      long begunAtMillis,
      long keys,
      long underReplicated,
      long overReplicated,
      long misplaced,
      long unreachable,
      long waiting,
      long toRepair,
      long repaired,
      long failed,
      long copiedBytes,
      long toCopyBytes,
      String failure) {}

  /**
   * {@code /v1/cluster/cleanup}: the cleanup of each node.
   *
   * @param running whether a node cleans up now
   * @param nodes their chunks
   * @param removals their old versions and surplus copies
   */
  public record Cleanup(boolean running, List<NodeCleanup> nodes, List<NodeRemovals> removals) {
    public Cleanup {
      nodes = List.copyOf(nodes);
      removals = List.copyOf(removals);
    }
  }

  /**
   * What one node removes as its cleanup policy says: the pass under way, or the last one.
   *
   * @param answered false when the node could not be asked: then all else says nothing
   * @param policy PLUGIN/POLICY; empty when there is none: then nothing goes
   * @param completed passes since the node started, plans included
   * @param begunAtMillis wall clock of that node, 0 when there was none
   * @param plan whether nothing was changed: then the figures say what would go
   * @param refusal why nothing went, empty when it could
   * @param keys that were looked at
   * @param versions old ones whose bytes went; that they were there stays in the history
   * @param versionBytes of these; on the disk they may have shared some
   * @param copies of objects that went, since others have enough
   * @param kept copies that were to go and must not, for now
   * @param surplusBytes of copies that the policy lets go, found before any went
   * @param freeBytes of the disk
   */
  public record NodeRemovals(
      String node,
      boolean answered,
      boolean running,
      String policy,
      long completed,
      long begunAtMillis,
      boolean plan,
      String refusal,
      long keys,
      long versions,
      long versionBytes,
      long copies,
      long copyBytes,
      long kept,
      long surplusBytes,
      long freeBytes,
      List<RemovalReason> reasons) {
    public NodeRemovals {
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * How much goes for one reason of the policy.
   *
   * @param kind {@code version} or {@code copy}
   */
  public record RemovalReason(String kind, String reason, long count, long bytes) {}

  /**
   * The last pass of one node over its own chunks.
   *
   * @param answered false when the node could not be asked: then all else says nothing
   * @param running whether another pass is under way or about to begin
   * @param completed passes since the node started, plans included
   * @param begunAtMillis wall clock of that node, 0 when there was none
   * @param plan whether nothing was changed: then the figures say what would be
   * @param refusal why nothing was deleted, empty when it could be
   * @param urgent space is low, so that the trash is emptied at once
   * @param usedChunks chunks that versions name, each as often as they do
   * @param seenChunks chunks on the disk
   * @param trashed chunks that went to the trash: nobody sees them, and they can come back
   * @param removed chunks that left the trash for good
   * @param restored chunks that came back from the trash
   * @param inTrash chunks that are in the trash now
   * @param rewritten segments of small chunks that were rewritten without the dead ones
   * @param reclaimedBytes by that
   * @param tombstones deletions that the node keeps
   * @param tombstonesDue of those that it decides on, the ones that are old enough to be forgotten
   * @param tombstonesReaped of these, the ones that were
   * @param keysForgotten keys whose last versions were removed here since their deletion was
   *     forgotten
   * @param tombstonesWait why one that is due stays, empty when none does
   */
  public record NodeCleanup(
      String node,
      boolean answered,
      boolean running,
      long completed,
      long begunAtMillis,
      boolean plan,
      String refusal,
      boolean urgent,
      long usedChunks,
      long seenChunks,
      long trashed,
      long trashedBytes,
      long removed,
      long removedBytes,
      long restored,
      long inTrash,
      long inTrashBytes,
      long rewritten,
      long reclaimedBytes,
      long tombstones,
      long tombstonesDue,
      long tombstonesReaped,
      long keysForgotten,
      String tombstonesWait) {}
}
