// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.time.Duration;

/**
 * @param every between two passes
 * @param grace a chunk that nobody stored, asked for or used for so long may go to the trash: more
 *     than an upload pauses
 * @param trashGrace so long it can come back from there
 * @param bytesPerSecond of segments that are rewritten, read and written
 */
public record CollectorSettings(
    Duration every, Duration grace, Duration trashGrace, long bytesPerSecond) {
  public static final CollectorSettings DEFAULT =
      new CollectorSettings(
          Duration.ofHours(12), Duration.ofHours(6), Duration.ofHours(24), 16L << 20);

  public CollectorSettings {
    if (every.isNegative()
        || every.isZero()
        || grace.isNegative()
        || grace.isZero()
        || trashGrace.isNegative()
        || bytesPerSecond < 1 << 10) {
      throw new IllegalArgumentException(
          "every %s, grace %s, trashGrace %s, bytesPerSecond %d"
              .formatted(every, grace, trashGrace, bytesPerSecond));
    }
  }
}
