// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.time.Duration;

/**
 * @param copies wanted of every object
 * @param deadline for everything of a request but the transfer of its body
 * @param peerTimeout for one call to another node, of at most a chunk
 * @param stagedAfter a staged record is older than that when it is asked after (R21)
 * @param catchUpEvery how often local heads are compared with the coordinator
 * @param conflictsMax a write that was overtaken so often gives up with 409
 * @param bufferBytes for bodies under way, all requests together
 * @param fetchesMax copies that are fetched in the background at the same time
 * @param cutOffAfter a node whose lease has been over for so long serves on its own
 * @param tombstoneRetention how long a deletion is kept before it may be forgotten
 * @param uploads what clients may leave unfinished
 */
public record ObjectSettings(
    int copies,
    Duration deadline,
    Duration peerTimeout,
    Duration stagedAfter,
    Duration catchUpEvery,
    int conflictsMax,
    long bufferBytes,
    int fetchesMax,
    Duration cutOffAfter,
    Duration tombstoneRetention,
    UploadSettings uploads) {
  /** Longer than anything that is expected back is away. */
  public static final Duration TOMBSTONE_RETENTION = Duration.ofDays(30);

  public ObjectSettings {
    if (copies < 1
        || conflictsMax < 1
        || bufferBytes < 8 << 20
        || fetchesMax < 1
        || tombstoneRetention.isNegative()) {
      throw new IllegalArgumentException(
          "copies %d, conflictsMax %d, bufferBytes %d, fetchesMax %d, tombstoneRetention %s"
              .formatted(copies, conflictsMax, bufferBytes, fetchesMax, tombstoneRetention));
    }
  }

  /**
   * @param heapBytes of this JVM; bodies under way get a quarter
   */
  public static ObjectSettings defaults(long heapBytes) {
    return new ObjectSettings(
        3,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        Duration.ofMinutes(5),
        64,
        Math.max(16L << 20, heapBytes / 4),
        4,
        Duration.ofSeconds(3),
        TOMBSTONE_RETENTION,
        UploadSettings.DEFAULT);
  }

  /** The same with another number of copies. */
  public ObjectSettings withCopies(int wanted) {
    return new ObjectSettings(
        wanted,
        deadline,
        peerTimeout,
        stagedAfter,
        catchUpEvery,
        conflictsMax,
        bufferBytes,
        fetchesMax,
        cutOffAfter,
        tombstoneRetention,
        uploads);
  }

  /** The same with another time for which deletions are kept. */
  public ObjectSettings withTombstoneRetention(Duration kept) {
    return new ObjectSettings(
        copies,
        deadline,
        peerTimeout,
        stagedAfter,
        catchUpEvery,
        conflictsMax,
        bufferBytes,
        fetchesMax,
        cutOffAfter,
        kept,
        uploads);
  }

  /** The same with other limits of unfinished uploads. */
  ObjectSettings withUploads(UploadSettings others) {
    return new ObjectSettings(
        copies,
        deadline,
        peerTimeout,
        stagedAfter,
        catchUpEvery,
        conflictsMax,
        bufferBytes,
        fetchesMax,
        cutOffAfter,
        tombstoneRetention,
        others);
  }
}
