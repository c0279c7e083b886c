// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which sessions live as far as this process has been told, and when others ended. Not thread-safe:
 * guarded by the lock of {@link Mirror}.
 */
final class Leases {
  private final Set<Long> live = new HashSet<>();
  private final Map<Long, Long> ends = new HashMap<>();

  void begun(long session) {
    live.add(session);
  }

  void ended(long session, long zxid) {
    live.remove(session);
    ends.put(session, zxid);
  }

  /** These live, and no others: they ended while nobody was told. */
  void listed(Set<Long> sessions) {
    live.retainAll(sessions);
    live.addAll(sessions);
  }

  boolean isLive(long session) {
    return live.contains(session);
  }

  /** Whether the znode counts as an entry. */
  boolean isAlive(Cell cell) {
    return cell.lease() == 0 || isLive(cell.lease());
  }

  /** When the session ended; the other number when nobody was told. */
  long endOf(long session, long otherwise) {
    return ends.getOrDefault(session, otherwise);
  }
}
