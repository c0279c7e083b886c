// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.peer.PeerRequest;
import java.util.List;

/** What nodes ask each other about their cleanup. */
public final class CleanupMessages {
  /** In the order of the peer codec. */
  public static final List<Class<?>> KINDS =
      List.of(
          OrderCleanup.class,
          CleanupState.class,
          AskRemovals.class,
          RemovalState.class,
          RemovalReason.class);

  private CleanupMessages() {}

  /**
   * @param order {@code ask}, {@code plan} or {@code run}
   */
  public record OrderCleanup(String order) implements PeerRequest<CleanupState> {}

  /**
   * How the cleanup of one node went last: see {@link dev.holdfast.node.store.CollectorReport}.
   *
   * @param running whether a pass is under way, or about to begin
   * @param completed passes since the node started, plans included
   * @param begunAtMillis wall clock, 0 when there was none
   * @param plan whether the figures are those of a plan
   * @param tombstones of its deletions, see {@link
   *     dev.holdfast.node.object.TombstoneReaper.Report}, as the rest
   */
  public record CleanupState(
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

  /** How do removals of old versions and surplus copies go? */
  public record AskRemovals() implements PeerRequest<RemovalState> {}

  /**
   * How one node removes what its policy lets go: the pass under way, or else the last one.
   *
   * @param running whether one is under way
   * @param completed passes since the node started, plans included
   * @param begunAtMillis wall clock, 0 when there was none
   * @param policy empty when there is none: then nothing goes
   * @param plan nothing was changed: the figures say what would go
   * @param refusal why nothing went, empty when it could
   * @param keys that were looked at
   * @param versions old ones whose bytes went
   * @param versionBytes of these; on the disk they may have shared some
   * @param copies surplus ones that went
   * @param kept copies that were to go and must not, for now
   * @param surplusBytes of copies that the policy lets go, found before any went
   * @param freeBytes of the disk
   * @param reasons why what went did
   */
  public record RemovalState(
      boolean running,
      long completed,
      long begunAtMillis,
      String policy,
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
      List<RemovalReason> reasons) {}

  /**
   * @param kind {@code version} or {@code copy}
   * @param reason of the policy
   */
  public record RemovalReason(String kind, String reason, long count, long bytes) {}
}
