// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.EntryKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When keys were last deleted. Keeps a limited number of marks; the revision of the newest one that
 * was forgotten is the floor, the answer for every key without a mark. So an answer is never too
 * old, and {@code AbsentSince} gets stricter, never laxer.
 */
final class DeletionMarks {
  private final int max;
  // In the order of their revisions: a new mark goes to the end.
  private final Map<EntryKey, Long> marks = new LinkedHashMap<>();
  private long floor;

  DeletionMarks(int max) {
    this.max = max;
  }

  DeletionMarks(DeletionMarks other) {
    this.max = other.max;
    this.marks.putAll(other.marks);
    this.floor = other.floor;
  }

  void mark(EntryKey key, long revision) {
    marks.remove(key);
    marks.put(key, revision);
    if (marks.size() > max) {
      Iterator<Long> oldest = marks.values().iterator();
      floor = oldest.next();
      oldest.remove();
    }
  }

  long lastDeleted(EntryKey key) {
    return marks.getOrDefault(key, floor);
  }
}
