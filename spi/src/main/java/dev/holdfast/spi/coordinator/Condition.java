// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.EntryKey;

/** What must hold at the moment of a commit. Judged against the state before its changes. */
public sealed interface Condition {
  EntryKey key();

  /** The key is absent, and was not deleted after {@code revision} (rule R5). */
  record AbsentSince(EntryKey key, long revision) implements Condition {
    public AbsentSince {
      if (revision < 0) {
        throw new IllegalArgumentException("A revision is not negative: " + revision);
      }
    }
  }

  /** The key has an entry, whatever its version. */
  record Exists(EntryKey key) implements Condition {}

  /** The key has an entry at exactly this {@link Entry#version()}. */
  record AtVersion(EntryKey key, long version) implements Condition {}
}
