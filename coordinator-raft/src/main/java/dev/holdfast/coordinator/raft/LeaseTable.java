// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which leases live, and which keys go with each. A part of {@link KeyTable}, under its lock. */
final class LeaseTable {
  private final TreeMap<Long, TableMeta.Lease> leases = new TreeMap<>();
  private final Map<Long, NavigableSet<Bytes>> keys = new TreeMap<>();
  private long next;

  void load(TableMeta meta, Map<Long, NavigableSet<Bytes>> leasedKeys) {
    next = meta.nextLease();
    leases.clear();
    leases.putAll(meta.leases());
    keys.clear();
    keys.putAll(leasedKeys);
  }

  boolean isAlive(long lease) {
    return leases.containsKey(lease);
  }

  /** The number that the next lease gets. */
  long next() {
    return next;
  }

  long open(String nodeId, long ttlMillis) {
    long id = next++;
    leases.put(id, new TableMeta.Lease(nodeId, ttlMillis));
    return id;
  }

  List<Long> of(String nodeId) {
    List<Long> found = new ArrayList<>();
    leases.forEach((id, lease) -> {
      if (lease.nodeId().equals(nodeId)) {
        found.add(id);
      }
    });
    return found;
  }

  /** Ends a lease; returns its keys in order, which are to be deleted. */
  List<Bytes> end(long lease) {
    leases.remove(lease);
    NavigableSet<Bytes> orphans = keys.remove(lease);
    return orphans == null ? List.of() : List.copyOf(orphans);
  }

  /** A key goes with another lease from now on; 0 is none. */
  void move(Bytes key, long from, long to) {
    if (from == to) {
      return;
    }
    NavigableSet<Bytes> old = keys.get(from);
    if (old != null) {
      old.remove(key);
    }
    if (to != 0) {
      keys.computeIfAbsent(to, _ -> new TreeSet<>()).add(key);
    }
  }

  Map<Long, TableMeta.Lease> all() {
    return new TreeMap<>(leases);
  }
}
