// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

/**
 * @param mapBytes address space for LMDB at first; it doubles when it is full, and costs no disk
 * @param minFreeBytes below that much free space on a disk, writes are refused
 * @param ballastBytes kept in a file that is given up when the disk is full, so that deletes go on
 * @param segmentBytes a segment of small chunks is closed at this size
 */
public record StoreSettings(
    long mapBytes, long minFreeBytes, long ballastBytes, long segmentBytes) {
  public static final StoreSettings DEFAULT =
      new StoreSettings(1L << 30, 256L << 20, 32L << 20, 64L << 20);

  private static final long JOURNAL_BYTES_MAX = 16 << 20;

  public StoreSettings {
    if (mapBytes < 1 << 20 || minFreeBytes < 0 || ballastBytes < 0 || segmentBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "mapBytes %d, minFreeBytes %d, ballastBytes %d, segmentBytes %d"
              .formatted(mapBytes, minFreeBytes, ballastBytes, segmentBytes));
    }
  }

  /** A file of the journal has this size. */
  long journalBytes() {
    return Math.min(segmentBytes, JOURNAL_BYTES_MAX);
  }
}
