// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.store.HeadRow;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The heads of a key that some nodes know of, without asking the coordinator.
 *
 * @param head the newest confirmed one
 * @param branches the provisional ones
 */
record KeySight(Optional<HeadRow> head, Set<VersionId> branches) {
  static final KeySight NOTHING = new KeySight(Optional.empty(), Set.of());

  KeySight {
    branches = Set.copyOf(branches);
  }

  boolean isNothing() {
    return head.isEmpty() && branches.isEmpty();
  }

  /** What both know. A branch of one may have a successor that only the other one has. */
  KeySight plus(KeySight other) {
    Set<VersionId> all = new TreeSet<>(branches);
    all.addAll(other.branches);
    boolean isNewer =
        other.head.isPresent()
            && (head.isEmpty() || head.get().revision() < other.head.get().revision());
    return new KeySight(isNewer ? other.head : head, all);
  }
}
