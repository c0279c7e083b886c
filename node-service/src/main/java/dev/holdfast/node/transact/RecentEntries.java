package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
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

  /** Learns what a commit made of the entry that was as {@code before}. */
  void committed(Observation before, Transaction transaction, long revision) {
    EntryKey key = before.key();
    Observation after =
        transaction.changes().stream()
            .filter(change -> change.key().equals(key))
            .findFirst()
            .map(change -> after(change, before, revision))
            .orElse(new Observation(key, before.entry(), before.lastDeleted(), revision));
    lock.lock();
    try {
      entries.put(key, after);
    } finally {
      lock.unlock();
    }
  }

  private static Observation after(Change change, Observation before, long revision) {
    EntryKey key = change.key();
    return switch (change) {
      case Change.Put put ->
          new Observation(
              key, new Entry(key, put.value(), revision, revision), before.lastDeleted(), revision);
      case Change.PutLeased put ->
          new Observation(
              key, new Entry(key, put.value(), revision, revision), before.lastDeleted(), revision);
      case Change.Delete _ -> new Observation(key, null, revision, revision);
    };
  }
}
