// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one key.
 *
 * @param key UTF-8, in full
 * @param value null when the key is absent
 * @param version revision of the commit that wrote the value
 * @param lease that the value is bound to, 0 for none
 * @param deleted revision of the last commit that deleted the key, 0 when there is no mark
 */
record Slot(Bytes key, @Nullable Bytes value, long version, long lease, long deleted) {
  private static final int OVERHEAD_BYTES = 200;

  static Slot absent(Bytes key, long deleted) {
    return new Slot(key, null, 0, 0, deleted);
  }

  boolean isPresent() {
    return value != null;
  }

  /** What it takes in the heap, roughly. */
  long heapBytes() {
    return OVERHEAD_BYTES + 2L * key.length() + (value == null ? 0 : value.length());
  }

  Entry entry() {
    if (value == null) {
      throw new IllegalStateException("No entry at " + key.toUtf8());
    }
    return new Entry(new EntryKey(key.toUtf8()), value, version, version);
  }

  Observation observation(long floor, long revision) {
    EntryKey name = new EntryKey(key.toUtf8());
    Entry entry = value == null ? null : new Entry(name, value, version, version);
    return new Observation(name, entry, Math.max(deleted, floor), revision);
  }
}
