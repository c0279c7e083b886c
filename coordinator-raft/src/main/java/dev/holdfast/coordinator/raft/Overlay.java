package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One generation of recent changes, sorted by stored key. Guarded by the lock of the {@link
 * KeyTable}; once sealed it never changes.
 */
final class Overlay {
  private final TreeMap<Bytes, Slot> slots = new TreeMap<>();
  private long heapBytes;

  @Nullable Slot get(Bytes stored) {
    return slots.get(stored);
  }

  void put(Bytes stored, Slot slot) {
    Slot before = slots.put(stored, slot);
    heapBytes += slot.heapBytes() - (before == null ? 0 : before.heapBytes());
  }

  NavigableMap<Bytes, Slot> from(Bytes stored, boolean inclusive) {
    return slots.tailMap(stored, inclusive);
  }

  NavigableMap<Bytes, Slot> all() {
    return slots;
  }

  long heapBytes() {
    return heapBytes;
  }
}
