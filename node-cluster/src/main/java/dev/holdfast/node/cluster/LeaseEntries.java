// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;

/** The entries {@code lease/<node>}: the id of the lease that each is bound to, in decimal. */
public final class LeaseEntries {
  private LeaseEntries() {}

  static Bytes encode(long leaseId) {
    return Bytes.utf8(Long.toString(leaseId));
  }

  static long decode(Bytes value) {
    return Long.parseLong(value.toUtf8());
  }

  /** Whether a node is alive under this very lease, as far as this process has applied. */
  public static boolean isAlive(Coordinator coordinator, String node, long leaseId) {
    Entry entry = coordinator.readLocal(Keys.lease(node)).observation().entry();
    return entry != null && decode(entry.value()) == leaseId;
  }
}
