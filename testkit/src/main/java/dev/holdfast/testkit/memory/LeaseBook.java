// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The leases that the cluster believes in, and their entries. Guarded by the cluster's lock. */
final class LeaseBook {
  private final Map<Long, Long> deadlineNanos = new HashMap<>();
  private final Map<EntryKey, Long> owners = new HashMap<>();
  private long lastId;

  long grant(long deadline) {
    lastId++;
    deadlineNanos.put(lastId, deadline);
    return lastId;
  }

  boolean isAlive(long id) {
    return deadlineNanos.containsKey(id);
  }

  void extend(long id, long deadline) {
    deadlineNanos.put(id, deadline);
  }

  List<Long> expired(long nowNanos) {
    return deadlineNanos.entrySet().stream()
        .filter(lease -> nowNanos - lease.getValue() >= 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The last writer of a key decides whose it is, and whether it is leased at all. */
  void record(Change change, long leaseId) {
    switch (change) {
      case Change.PutLeased put -> owners.put(put.key(), leaseId);
      case Change.Put put -> owners.remove(put.key());
      case Change.Delete delete -> owners.remove(delete.key());
    }
  }

  /** Ends a lease. The caller deletes the keys that are returned. */
  List<EntryKey> end(long id) {
    deadlineNanos.remove(id);
    List<EntryKey> orphans =
        owners.entrySet().stream()
            .filter(owner -> owner.getValue() == id)
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    orphans.forEach(owners::remove);
    return orphans;
  }
}
