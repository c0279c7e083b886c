// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.EntryKey;
import org.jspecify.annotations.Nullable;

/**
 * What a key held at one revision: an entry, or nothing.
 *
 * @param entry null when the key was absent
 * @param lastDeleted a revision not older than the last commit that deleted this key (deleting an
 *     absent key counts), 0 if there was none. A backend may answer with a later one when it no
 *     longer knows: that makes {@link Condition.AbsentSince} stricter, never laxer.
 * @param revision the key was so at this revision
 */
public record Observation(EntryKey key, @Nullable Entry entry, long lastDeleted, long revision) {
  public boolean isPresent() {
    return entry != null;
  }

  /** The condition that nothing has happened to the key since this observation. */
  public Condition unchanged() {
    return entry != null
        ? new Condition.AtVersion(key, entry.version())
        : new Condition.AbsentSince(key, revision);
  }
}
