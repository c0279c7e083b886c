// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

/**
 * What one pass of the collector found and did, or would do.
 *
 * @param isPlan nothing was changed
 * @param refusal why it deleted nothing, empty when it could
 * @param isUrgent space is low
 * @param usedChunks that versions name
 * @param seenChunks that are on the disk
 * @param trashed chunks that went to the trash
 * @param removed chunks that are gone for good
 * @param restored chunks that came back from the trash
 * @param inTrash chunks that are there now
 * @param rewritten segments that were rewritten without what is dead in them
 * @param reclaimedBytes by that
 */
public record CollectorReport(
    boolean isPlan,
    String refusal,
    boolean isUrgent,
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
    long reclaimedBytes) {
  public static final CollectorReport NONE = refused("");

  /**
   * @param why nothing was done, in a sentence
   */
  public static CollectorReport refused(String why) {
    return new CollectorReport(false, why, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
