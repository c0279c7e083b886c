// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One transaction that this process was told of and has not applied yet: a commit, or the end of a
 * session. Guarded by the lock of {@link Mirror}.
 */
final class Group {
  final long zxid;
  final Set<EntryKey> keys = new HashSet<>();

  /** Told the applied revision when this group is applied. */
  final List<CompletableFuture<Long>> waiting = new ArrayList<>();

  /** The session whose end this group is, 0 for a commit. */
  long endedLease;

  /** How many values it waits for; counted by {@link DirtyKeys}. */
  int dirtyKeys;

  /** No more of its events come. */
  boolean closed;

  Group(long zxid) {
    this.zxid = zxid;
  }

  boolean isComplete() {
    return closed && dirtyKeys == 0;
  }
}
