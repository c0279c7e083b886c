// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.time.Duration;
import java.time.Instant;

/** Fires a transition of its state, once, not before it is due. */
public sealed interface MachineTimer {
  /** The name of a transition by {@link Trigger#TIMER}. */
  String fire();

  /**
   * Since the last transition of the object, whichever it was.
   *
   * @param span without any
   */
  record Idle(Duration span, String fire) implements MachineTimer {
    public Idle {
      requireNotNegative(fire, span);
    }
  }

  /**
   * Since the object came into the state. A transition from the state to itself does not begin
   * anew.
   */
  record After(Duration span, String fire) implements MachineTimer {
    public After {
      requireNotNegative(fire, span);
    }
  }

  /** At a moment that the data names; never while the expression has no value. */
  record At(Expression<Instant> moment, String fire) implements MachineTimer {}

  static void requireNotNegative(String owner, Duration span) {
    if (span.isNegative()) {
      throw new IllegalArgumentException("the span of " + owner + " is negative: " + span);
    }
  }
}
