// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All entries at one revision: the agreed ones, or what a node has applied. */
final class Table {
  private final TreeMap<EntryKey, Entry> entries = new TreeMap<>();
  private final Map<EntryKey, Long> deleted = new HashMap<>();
  private long revision;

  /** What one commit changed: each key as it is afterwards. */
  record Delta(long revision, List<Observation> changed) {}

  long revision() {
    return revision;
  }

  Observation observe(EntryKey key) {
    return new Observation(key, entries.get(key), deleted.getOrDefault(key, 0L), revision);
  }

  boolean contains(EntryKey key) {
    return entries.containsKey(key);
  }

  boolean holds(Condition condition) {
    Entry entry = entries.get(condition.key());
    return switch (condition) {
      case Condition.AbsentSince since ->
          entry == null && deleted.getOrDefault(since.key(), 0L) <= since.revision();
      case Condition.Exists _ -> entry != null;
      case Condition.AtVersion at -> entry != null && entry.version() == at.version();
    };
  }

  List<Entry> scan(String prefix) {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : entries.tailMap(new EntryKey(prefix), true).values()) {
      if (!entry.key().startsWith(prefix)) {
        break;
      }
      found.add(entry);
    }
    return found;
  }

  void apply(Delta delta) {
    for (Observation changed : delta.changed()) {
      Entry entry = changed.entry();
      if (entry != null) {
        entries.put(changed.key(), entry);
      } else {
        entries.remove(changed.key());
        deleted.put(changed.key(), delta.revision());
      }
    }
    revision = delta.revision();
  }
}
