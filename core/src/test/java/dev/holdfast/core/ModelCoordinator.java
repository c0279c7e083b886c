// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Agreement as a map: entries, a revision, and a mark for every deletion. For one thread. */
public final class ModelCoordinator {
  private final Map<EntryKey, Entry> entries = new HashMap<>();
  private final Map<EntryKey, Long> deleted = new HashMap<>();
  private long revision;

  public ModelCoordinator(long revision) {
    this.revision = revision;
  }

  public long revision() {
    return revision;
  }

  public Observation read(EntryKey key) {
    return new Observation(key, entries.get(key), deleted.getOrDefault(key, 0L), revision);
  }

  public List<Observation> read(List<EntryKey> keys) {
    return keys.stream().map(this::read).toList();
  }

  public List<Entry> scan(String prefix) {
    return entries.values().stream()
        .filter(entry -> entry.key().startsWith(prefix))
        .sorted(Comparator.comparing(Entry::key))
        .toList();
  }

  public CommitResult commit(Transaction transaction) {
    List<Observation> failed = new ArrayList<>();
    for (Condition condition : transaction.conditions()) {
      if (!holds(condition) && failed.stream().noneMatch(o -> o.key().equals(condition.key()))) {
        failed.add(read(condition.key()));
      }
    }
    if (!failed.isEmpty()) {
      return new CommitResult.Conflict(failed);
    }
    if (!transaction.changes().isEmpty()) {
      revision++;
      transaction.changes().forEach(this::apply);
    }
    return new CommitResult.Committed(revision);
  }

  private boolean holds(Condition condition) {
    Entry entry = entries.get(condition.key());
    return switch (condition) {
      case Condition.Exists _ -> entry != null;
      case Condition.AtVersion at -> entry != null && entry.version() == at.version();
      case Condition.AbsentSince since ->
          entry == null && deleted.getOrDefault(since.key(), 0L) <= since.revision();
    };
  }

  private void apply(Change change) {
    switch (change) {
      case Change.Put put ->
          entries.put(put.key(), new Entry(put.key(), put.value(), revision, revision));
      case Change.PutLeased put ->
          entries.put(put.key(), new Entry(put.key(), put.value(), revision, revision));
      case Change.Delete delete -> {
        entries.remove(delete.key());
        deleted.put(delete.key(), revision);
      }
    }
  }
}
