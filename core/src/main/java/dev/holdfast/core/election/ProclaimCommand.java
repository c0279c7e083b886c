// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.election;

import dev.holdfast.spi.coordinator.Condition;

/** What can be asked of a proclamation. The lock's name is in the key of its entry. */
public sealed interface ProclaimCommand {
  /**
   * May be sent again unchanged.
   *
   * @param held that the claim of the grant has not moved since it was seen to be held under the
   *     token
   */
  record Proclaim(Proclaimed next, Condition held) implements ProclaimCommand {}

  /**
   * Deletes what nobody holds any more.
   *
   * @param expected as it was when its grant was seen to be over
   */
  record Sweep(Proclaimed expected) implements ProclaimCommand {}
}
