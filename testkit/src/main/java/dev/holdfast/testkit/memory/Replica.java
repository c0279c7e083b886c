// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator.Page;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All entries as of one revision. Not thread-safe: the lock of the cluster guards it. */
final class Replica {
  private static final int SCAN_LIMIT_MAX = 10_000;

  private final TreeMap<EntryKey, Entry> entries = new TreeMap<>();
  private final DeletionMarks marks;
  private long revision;

  Replica(int deletionMarksMax) {
    this.marks = new DeletionMarks(deletionMarksMax);
  }

  Replica(Replica other) {
    this.entries.putAll(other.entries);
    this.marks = new DeletionMarks(other.marks);
    this.revision = other.revision;
  }

  long revision() {
    return revision;
  }

  Observation observe(EntryKey key) {
    return new Observation(key, entries.get(key), marks.lastDeleted(key), revision);
  }

  boolean holds(Condition condition) {
    Observation seen = observe(condition.key());
    Entry entry = seen.entry();
    return switch (condition) {
      case Condition.AbsentSince absent -> entry == null && seen.lastDeleted() <= absent.revision();
      case Condition.Exists _ -> entry != null;
      case Condition.AtVersion at -> entry != null && entry.version() == at.version();
    };
  }

  void apply(Delta delta) {
    for (Observation changed : delta.changed()) {
      Entry entry = changed.entry();
      if (entry != null) {
        entries.put(changed.key(), entry);
      } else {
        entries.remove(changed.key());
        marks.mark(changed.key(), delta.revision());
      }
    }
    revision = delta.revision();
  }

  Page page(String prefix, @Nullable EntryKey after, int limit) {
    if (limit < 1 || limit > SCAN_LIMIT_MAX) {
      throw new IllegalArgumentException("A scan's limit is 1 to " + SCAN_LIMIT_MAX + ": " + limit);
    }
    List<Entry> page = new ArrayList<>();
    for (Entry entry : from(prefix, after).values()) {
      if (!entry.key().startsWith(prefix)) {
        break;
      }
      if (page.size() == limit) {
        return new Page(page, page.getLast().key(), revision);
      }
      page.add(entry);
    }
    return new Page(page, null, revision);
  }

  private NavigableMap<EntryKey, Entry> from(String prefix, @Nullable EntryKey after) {
    if (prefix.isEmpty()) {
      return after == null ? entries : entries.tailMap(after, false);
    }
    EntryKey first = new EntryKey(prefix);
    return after == null || after.compareTo(first) < 0
        ? entries.tailMap(first, true)
        : entries.tailMap(after, false);
  }
}
