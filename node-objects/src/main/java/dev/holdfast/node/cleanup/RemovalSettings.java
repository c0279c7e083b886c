// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import java.time.Duration;

/**
 * @param every between two passes that nobody asked for
 * @param isApplied whether such a pass deletes what its policy lets go; else it only says what that
 *     would be
 * @param overheadBytes of surplus copies that the cluster keeps, all nodes together: they make
 *     reads faster and repairs rarer
 */
public record RemovalSettings(Duration every, boolean isApplied, long overheadBytes) {
  public static final RemovalSettings DEFAULT =
      new RemovalSettings(Duration.ofHours(24), false, 100L << 30);

  public RemovalSettings {
    if (every.isNegative() || every.isZero() || overheadBytes < 0) {
      throw new IllegalArgumentException(
          "every %s, overheadBytes %d".formatted(every, overheadBytes));
    }
  }
}
