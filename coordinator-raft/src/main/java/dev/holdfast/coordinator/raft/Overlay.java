// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One generation of recent changes. Guarded by the lock of the {@link KeyTable}; once sealed it
 * never changes.
 *
 * <p>Each commit looks for its keys several times, on every node, and a sorted map would compare
 * some fifteen of them each time: so a hash finds them, and the order is kept for scans and the
 * checkpoint beside it.
 */
final class Overlay {
  private final HashMap<Bytes, Slot> slots = new HashMap<>();

  /** The keys of {@link #slots}. */
  private final TreeSet<Bytes> sorted = new TreeSet<>();

  private long heapBytes;

  @Nullable Slot get(Bytes stored) {
    return slots.get(stored);
  }

  void put(Bytes stored, Slot slot) {
    Slot before = slots.put(stored, slot);
    if (before == null) {
      sorted.add(stored);
      heapBytes += slot.heapBytes();
    } else {
      heapBytes += slot.heapBytes() - before.heapBytes();
    }
  }

  /** By stored key, from this one on. */
  Iterator<Map.Entry<Bytes, Slot>> from(Bytes stored, boolean inclusive) {
    return entries(sorted.tailSet(stored, inclusive));
  }

  /** By stored key. */
  Iterator<Map.Entry<Bytes, Slot>> all() {
    return entries(sorted);
  }

  private Iterator<Map.Entry<Bytes, Slot>> entries(NavigableSet<Bytes> keys) {
    Iterator<Bytes> rest = keys.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rest.hasNext();
      }

      @Override
      public Map.Entry<Bytes, Slot> next() {
        Bytes key = rest.next();
        return Map.entry(key, Objects.requireNonNull(slots.get(key)));
      }
    };
  }

  int size() {
    return slots.size();
  }

  long heapBytes() {
    return heapBytes;
  }
}
