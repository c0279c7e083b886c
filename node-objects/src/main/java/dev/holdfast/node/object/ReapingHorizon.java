// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;

/**
 * How far the cluster has forgotten deletions: the entry {@code reaping/horizon}, which is written
 * in the commit of each reaping. See ADR 0014.
 *
 * @param tombstoneRevision deletions that became the head at or below it may be forgotten; those
 *     above are not
 * @param reapedRevision of the last reaping of any key, 0 when there was none
 */
record ReapingHorizon(long tombstoneRevision, long reapedRevision) {
  static final EntryKey ENTRY = new EntryKey("reaping/horizon");
  private static final ReapingHorizon NONE = new ReapingHorizon(0, 0);
  private static final int FORMAT = 1;

  static ReapingHorizon of(Observation observed) {
    Entry entry = observed.entry();
    return entry == null
        ? NONE
        : new ReapingHorizon(
            ByteReader.decode("The horizon of reaping", FORMAT, entry.value(), ByteReader::number),
            entry.revision());
  }

  /** What a commit that forgets this deletion writes. */
  Change including(long tombstone) {
    long next = Math.max(tombstoneRevision, tombstone);
    return new Change.Put(ENTRY, Bytes.wrap(new ByteWriter(FORMAT).number(next).toArray()));
  }

  /**
   * Which reaping the roots of an absent key come after (R25): the last one of the key, or a later
   * one of another key, since a backend need not know the deletion of each key for ever.
   */
  long lastReapingOf(Observation absent) {
    return Math.min(absent.lastDeleted(), reapedRevision);
  }
}
