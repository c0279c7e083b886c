// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import java.time.Duration;

/**
 * @param auditEvery between two audits that nothing asked for: rot and lost files are found so late
 * @param deadAfter a node that is down for so long is declared dead, and its copies are made
 *     elsewhere; shorter than that a restart would move data in vain
 * @param bytesPerSecond that this node's repairs copy at most, so that clients come first
 * @param keysAtOnce that are repaired at the same time: each waits for disks and for agreement
 */
public record RepairSettings(
    Duration auditEvery, Duration deadAfter, long bytesPerSecond, int keysAtOnce) {
  public static final RepairSettings DEFAULT =
      new RepairSettings(Duration.ofMinutes(10), Duration.ofMinutes(5), 32L << 20, 4);

  public RepairSettings {
    if (auditEvery.isNegative()
        || auditEvery.isZero()
        || deadAfter.isNegative()
        || bytesPerSecond < 1 << 10
        || keysAtOnce < 1) {
      throw new IllegalArgumentException(
          "auditEvery %s, deadAfter %s, bytesPerSecond %d, keysAtOnce %d"
              .formatted(auditEvery, deadAfter, bytesPerSecond, keysAtOnce));
    }
  }
}
