// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;

/** One effect of a commit. A transaction changes a key at most once. */
public sealed interface Change {
  EntryKey key();

  record Put(EntryKey key, Bytes value) implements Change {}

  /**
   * The key is absent afterwards. Deleting an absent key is allowed and leaves the same mark: a
   * later {@link Condition.AbsentSince} with an older revision fails. That is how a cancel
   * overtakes the late request that it cancels.
   */
  record Delete(EntryKey key) implements Change {}

  /** Put, and deleted by the backend when the lease of this node ends. */
  record PutLeased(EntryKey key, Bytes value) implements Change {}
}
