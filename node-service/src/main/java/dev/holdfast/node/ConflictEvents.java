// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.object.ConflictListener;

/** Notifies users of objects that were changed apart: who did it, when, and on top of what. */
record ConflictEvents(EventHub events) implements ConflictListener {
  @Override
  public void conflict(VersionRecord branch, VersionId id, VersionId head, String reason) {
    events.tell(
        "object_conflict",
        "key",
        branch.key().value(),
        "branch",
        id.value(),
        "head",
        head.value(),
        "reason",
        reason,
        "parents",
        String.join(" ", branch.parents().stream().map(VersionId::value).toList()),
        "author",
        branch.author(),
        "written_at",
        branch.writtenAtMillis());
  }
}
