// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;

/**
 * How a claim stood when its owner gave it up. A command that carries one acts on that claim and on
 * no later one: executed late, after the owner has asked anew, it changes nothing.
 *
 * @param version of the claim's entry, 0 when there was none
 * @param revision at which it was so
 */
public record ClaimSight(long version, long revision) {
  public ClaimSight {
    if (version < 0 || revision < 0) {
      throw new IllegalArgumentException(
          "A claim was seen at a version and a revision, neither negative: %d, %d"
              .formatted(version, revision));
    }
  }

  public static ClaimSight of(Observation claim) {
    return new ClaimSight(claim.entry() == null ? 0 : claim.entry().version(), claim.revision());
  }

  boolean isAbsent() {
    return version == 0;
  }

  /** The condition that nothing has happened to the claim since. */
  Condition unchanged(EntryKey claim) {
    return isAbsent()
        ? new Condition.AbsentSince(claim, revision)
        : new Condition.AtVersion(claim, version);
  }

  /** Whether a later look at the claim shows that nothing has happened to it since. */
  boolean isStill(Observation now) {
    return isAbsent()
        ? now.entry() == null && now.lastDeleted() <= revision
        : now.entry() != null && now.entry().version() == version;
  }
}
