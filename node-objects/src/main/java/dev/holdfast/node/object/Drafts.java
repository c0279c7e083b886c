// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.node.store.NodeStore;
import java.time.InstantSource;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Makes the record of a version that is about to be written, with a dot of this node. */
record Drafts(NodeStore records, StoreStart start, InstantSource clock) {
  /**
   * @param context all that the writer had seen
   * @param reapedRevision for a root, of the last reaping of its key (R25)
   * @throws ObjectException.Unavailable when the cluster has not counted this start, and cannot
   */
  VersionRecord draft(
      WriteRequest request,
      BodyReader.Body body,
      SortedSet<VersionId> parents,
      VersionVector context,
      long reapedRevision) {
    start.ensureCounted();
    return new VersionRecord(
        request.key(),
        parents,
        new TreeSet<>(Set.of(records.nextDot())),
        context,
        body.content(),
        body.sha256(),
        request.contentType(),
        request.metadata(),
        request.deleted(),
        request.author(),
        clock.millis(),
        parents.isEmpty() ? reapedRevision : 0,
        VersionState.STAGED);
  }

  /** What a version on top of these has seen: exactly them, and what they had seen. */
  static VersionVector seen(Iterable<VersionRecord> parents) {
    VersionVector seen = VersionVector.EMPTY;
    for (VersionRecord parent : parents) {
      seen = seen.plus(parent.context()).plus(parent.dots());
    }
    return seen;
  }
}
