// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import dev.holdfast.core.Names;

/**
 * The node that keeps the last keep-alive of a session, under one of its leases.
 *
 * @param node id
 * @param lease {@link dev.holdfast.spi.coordinator.NodeLease#id()} at the time; a lost lease never
 *     comes back under its id
 */
public record SessionHost(String node, long lease) {
  public SessionHost {
    Names.require(node, Names.nodeProblem(node));
    if (lease < 0) {
      throw new IllegalArgumentException("A lease id is not negative: " + lease);
    }
  }
}
