// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.peer.PeerRequest;
import java.util.List;

/** What nodes ask each other about their cleanup. */
public final class CleanupMessages {
  /** In the order of the peer codec. */
  public static final List<Class<?>> KINDS = List.of(OrderCleanup.class, CleanupState.class);

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
}
