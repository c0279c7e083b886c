// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this node's own commits made of the entries that it ran last. A follower applies a commit a
 * moment after the leader has acknowledged it; without this memory the next command on the entry
 * would start from the old state, and lose a round to the conflict.
 */
final class RecentEntries {
  private static final int ENTRIES_MAX = 8_192;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<EntryKey, Observation> entries =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<EntryKey, Observation> eldest) {
          return size() > ENTRIES_MAX;
        }
      };

  @Nullable Observation get(EntryKey key) {
    lock.lock();
    try {
      return entries.get(key);
    } finally {
      lock.unlock();
    }
  }

  /** Learns what a commit made of an entry. */
  void committed(Observation after) {
    lock.lock();
    try {
      entries.put(after.key(), after);
    } finally {
      lock.unlock();
    }
  }
}
