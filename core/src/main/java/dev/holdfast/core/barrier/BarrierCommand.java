// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.barrier;

import dev.holdfast.core.barrier.Barrier.Party;

/** What a party does. */
public sealed interface BarrierCommand {
  Party party();

  /** Arrives. Another number of parties than before is taken only while nobody waits. */
  record Arrive(Party party, int parties) implements BarrierCommand {
    public Arrive {
      if (parties < 1 || parties > Barrier.PARTIES_MAX) {
        throw new IllegalArgumentException(
            "A barrier has 1 to " + Barrier.PARTIES_MAX + " parties, not " + parties);
      }
    }
  }

  /** Goes away, if its round has not tripped. */
  record Leave(Party party, long round) implements BarrierCommand {}
}
