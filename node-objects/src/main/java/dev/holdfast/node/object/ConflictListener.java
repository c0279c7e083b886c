// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;

/** Learns of versions that do not come after the confirmed head. Must not block. */
@FunctionalInterface
public interface ConflictListener {
  /**
   * @param branch a provisional version, which stays beside the head until somebody merges them
   * @param head the confirmed one
   * @param reason why no policy merged them; empty when none is configured for the type
   */
  void conflict(VersionRecord branch, VersionId id, VersionId head, String reason);
}
