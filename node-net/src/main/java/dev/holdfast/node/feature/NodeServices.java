// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What every feature may take from its node: agreement, the other nodes, figures, time and chance.
 *
 * @param self id of this node
 * @param clock for display, and for what is written down
 * @param nanoTime monotonic
 * @param parts where a feature opens what must be closed
 */
public record NodeServices(
    String self,
    Coordinator coordinator,
    PeerNetwork peers,
    Meter meter,
    InstantSource clock,
    LongSupplier nanoTime,
    SecureRandom random,
    OpenParts parts) {

  /** The node closes it, after all that is opened later. */
  public <T extends AutoCloseable> T open(T part) {
    return parts.open(part);
  }
}
